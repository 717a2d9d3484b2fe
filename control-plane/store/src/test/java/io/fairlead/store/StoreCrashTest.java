package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process that is killed in the middle of its writes, again and again.
class StoreCrashTest {
    private static final int KILLS = 10;
    private static final int ACKNOWLEDGED_BEFORE_KILL = 200;

    @TempDir private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("store.db");
    }

    @Test
    @Timeout(240)
    void nothingAcknowledgedIsLostAndNoRevisionIsUsedTwice() throws Exception {
        Map<Long, String> acknowledged = new HashMap<>();
        for (int kill = 0; kill < KILLS; kill++) {
            for (String line :
                    writeUntilKilled("round" + kill, 1 + kill * ACKNOWLEDGED_BEFORE_KILL / KILLS)) {
                String[] words = line.split(" ", 2);
                assertThat(acknowledged.put(Long.parseLong(words[0]), words[1])).isNull();
            }
            assertThat(history()).containsAllEntriesOf(acknowledged);
        }
    }

    private List<String> writeUntilKilled(String word, int acknowledgements) throws IOException {
        Process writer =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                AcknowledgingWriter.class.getName(),
                                file().toString(),
                                SqliteStoreTest.LIBRARIES.toString(),
                                word)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out = writer.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
                if (lines.size() == acknowledgements) {
                    // By its handle: the process itself would close the pipe, and with it what was
                    // said last.
                    writer.toHandle().destroyForcibly();
                }
            }
        } finally {
            writer.destroyForcibly().onExit().join();
        }
        assertThat(lines.size()).isGreaterThanOrEqualTo(acknowledgements);
        return lines;
    }

    /// Every write that survived, by revision.
    private Map<Long, String> history() {
        Map<Long, String> history = new HashMap<>();
        try (SqliteStore<String> store =
                SqliteStore.open(
                        file(),
                        Words.CODEC,
                        Thread.ofPlatform().factory(),
                        new SqliteStore.Options(SqliteStoreTest.LIBRARIES, 500_000))) {
            Listening listening = new Listening();
            assertThat(store.watch(1, "", listening)).isPresent();
            for (String line : listening.changesUpTo(store.snapshot().revision())) {
                String[] words = line.split("[ =→]");
                history.put(Long.parseLong(words[0]), words[1] + " " + words[3]);
            }
        }
        return history;
    }
}
