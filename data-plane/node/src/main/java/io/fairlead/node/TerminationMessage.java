package io.fairlead.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The last words of a container for its status: what it wrote to its message file, or the end of its log where it failed and
/// its pod asks for that.
final class TerminationMessage {
    private static final int FILE_BYTES_MAX = 4096;
    private static final int LOG_BYTES_MAX = 2048;
    private static final int LOG_LINES = 80;

    private TerminationMessage() {}

    static String of(
            ContainerSpec spec, Path file, ContainerExit exit, @Nullable ContainerLog log) {
        try {
            String written =
                    Files.exists(file) ? text(Files.readAllBytes(file), FILE_BYTES_MAX) : "";
            boolean wantsLog =
                    spec.tree().text("terminationMessagePolicy").equals("FallbackToLogsOnError");
            if (!written.isEmpty() || !wantsLog || exit.isSuccess() || log == null) {
                return written;
            }
            ByteArrayOutputStream tail = new ByteArrayOutputStream();
            LogQuery query =
                    new LogQuery(
                            LogQuery.Ending.STOP,
                            Optional.empty(),
                            OptionalLong.of(LOG_LINES),
                            OptionalLong.empty(),
                            LogQuery.Prefix.NONE);
            new LogReader(log, query, tail).copy();
            return text(tail.toByteArray(), LOG_BYTES_MAX);
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static String text(byte[] bytes, int max) {
        int from = Math.max(0, bytes.length - max);
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
}
