package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminalLinuxTest {
    /// Does what an OCI runtime does: gives a program a terminal and hands its master end over.
    private static final String RUNTIME =
            """
            import os, pty, socket, subprocess, sys
            master, slave = pty.openpty()
            s = socket.socket(socket.AF_UNIX)
            s.connect(sys.argv[1])
            socket.send_fds(s, [b'/dev/ptmx'], [master])
            os.close(master)
            subprocess.run(['sh', '-c', sys.argv[2]], stdin=slave, stdout=slave, stderr=slave)
            """;

    @TempDir private Path directory = Path.of("");

    private static BufferedReader lines(Terminal terminal) {
        return new BufferedReader(new InputStreamReader(terminal.input(), StandardCharsets.UTF_8));
    }

    private static void type(Terminal terminal, String line) throws Exception {
        terminal.output().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void carriesWhatIsTypedAndWhatIsPrinted() throws Exception {
        try (ConsoleSocket socket = ConsoleSocket.listen(directory.resolve("console"))) {
            Process runtime =
                    new ProcessBuilder(
                                    "python3",
                                    "-c",
                                    RUNTIME,
                                    socket.path().toString(),
                                    "stty -echo; echo ready; read a; stty size; echo got $a")
                            .inheritIO()
                            .start();
            try (Terminal terminal = socket.accept(Duration.ofSeconds(30)).orElseThrow()) {
                BufferedReader printed = lines(terminal);
                assertThat(printed.readLine()).isEqualTo("ready");
                terminal.resize(132, 43);
                type(terminal, "hello");
                assertThat(printed.readLine()).isEqualTo("43 132");
                assertThat(printed.readLine()).isEqualTo("got hello");
                assertThat(printed.readLine()).isNull();
            }
            assertThat(runtime.waitFor()).isZero();
        }
        assertThat(directory.resolve("console")).doesNotExist();
    }

    @Test
    void closingEndsAWait() throws Exception {
        try (ConsoleSocket socket = ConsoleSocket.listen(directory.resolve("console"))) {
            Process runtime =
                    new ProcessBuilder(
                                    "python3",
                                    "-c",
                                    RUNTIME,
                                    socket.path().toString(),
                                    "echo ready; read a")
                            .start();
            Terminal terminal = socket.accept(Duration.ofSeconds(30)).orElseThrow();
            BufferedReader printed = lines(terminal);
            assertThat(printed.readLine()).isEqualTo("ready");
            CompletableFuture<String> next =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return String.valueOf(printed.readLine());
                        } catch (java.io.IOException e) {
                            return e.toString();
                        }
                    });
            terminal.close();
            terminal.close();
            assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo("null");
            runtime.waitFor();
        }
    }

    @Test
    void nobodyComes() {
        try (ConsoleSocket socket = ConsoleSocket.listen(directory.resolve("console"))) {
            assertThat(socket.accept(Duration.ofMillis(1))).isEmpty();
        }
    }
}
