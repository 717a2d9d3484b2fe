package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerLogTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.000000006Z");

    @TempDir Path folder;

    private ContainerLog log() {
        return new ContainerLog(folder.resolve("0.log"), InstantSource.fixed(TIME));
    }

    private static void write(ContainerLog log, OutputStreamName stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        log.append(stream, bytes, bytes.length);
    }

    private static String read(ContainerLog log, LogQuery query) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new LogReader(log, query, out).copy();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void writesLinesWholeHoweverTheyCome() throws Exception {
        ContainerLog log = log();
        write(log, OutputStreamName.STDOUT, "he");
        write(log, OutputStreamName.STDERR, "oops\n");
        write(log, OutputStreamName.STDOUT, "llo\nrest");
        log.end();
        assertThat(Files.readString(log.file()))
                .isEqualTo(
                        """
                        2026-01-02T03:04:05.000000006Z stderr F oops
                        2026-01-02T03:04:05.000000006Z stdout F hello
                        2026-01-02T03:04:05.000000006Z stdout P rest
                        """);
        assertThat(read(log, LogQuery.EVERYTHING)).isEqualTo("oops\nhello\nrest");
    }

    @Test
    void cutsLongLinesAndJoinsThemAgain() throws Exception {
        ContainerLog log = log();
        String line = "x".repeat(40_000) + "\n";
        write(log, OutputStreamName.STDOUT, line);
        assertThat(Files.readAllLines(log.file())).hasSize(3);
        assertThat(read(log, LogQuery.EVERYTHING)).isEqualTo(line);
    }

    @Test
    void readsTheEndOnly() throws Exception {
        ContainerLog log = log();
        write(log, OutputStreamName.STDOUT, "a\nb\nc\n");
        assertThat(read(log, tail(2))).isEqualTo("b\nc\n");
        assertThat(read(log, tail(0))).isEmpty();
        assertThat(read(log, tail(9))).isEqualTo("a\nb\nc\n");
    }

    @Test
    void followersSeeWhatComesLater() throws Exception {
        ContainerLog log = log();
        write(log, OutputStreamName.STDOUT, "a\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LogQuery follow =
                new LogQuery(
                        LogQuery.Ending.FOLLOW,
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        LogQuery.Prefix.NONE);
        Thread reader =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                new LogReader(log, follow, out).copy();
                            } catch (Exception e) {
                                throw new AssertionError(e);
                            }
                        });
        write(log, OutputStreamName.STDOUT, "b\n");
        log.end();
        reader.join();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a\nb\n");
    }

    private static LogQuery tail(long lines) {
        return new LogQuery(
                LogQuery.Ending.STOP,
                Optional.empty(),
                OptionalLong.of(lines),
                OptionalLong.empty(),
                LogQuery.Prefix.NONE);
    }
}
