package io.fairlead.proxy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A process in a control group and a network namespace that connects where it is told.
final class PodProcess implements AutoCloseable {
    private static final String PROGRAM =
            """
            import socket, sys, threading
            held = []
            def dial(address, port, mapped):
                v6 = ":" in address
                s = socket.socket(socket.AF_INET6 if v6 or mapped else socket.AF_INET)
                s.settimeout(2)
                s.connect(("::ffff:" + address if mapped else address, port))
                return s
            def text(s):
                peer = s.getpeername()
                said = s.recv(1000)
                return "%s via %s %d" % (said.decode().strip(), peer[0], peer[1])
            def one(address, port, mapped):
                try:
                    with dial(address, port, mapped) as s:
                        return text(s)
                except ConnectionRefusedError:
                    return "refused"
                except socket.timeout:
                    return "no answer"
                except OSError as e:
                    return str(e)
            running = True
            def storm(address, port, results):
                while running:
                    answer = one(address, port, False).split(" ")[0]
                    results[answer] = results.get(answer, 0) + 1
            for line in sys.stdin:
                words = line.split()
                if words[0] == "connect": print(one(words[1], int(words[2]), False))
                elif words[0] == "mapped": print(one(words[1], int(words[2]), True))
                elif words[0] == "hold":
                    held.append(dial(words[1], int(words[2]), False))
                    print(text(held[-1]))
                elif words[0] == "echo":
                    held[-1].sendall((words[1] + "\\n").encode())
                    print(held[-1].recv(1000).decode().strip())
                elif words[0] == "release":
                    for s in held: s.close()
                    held = []
                    print("released")
                elif words[0] == "storm":
                    results = {}
                    thread = threading.Thread(target=storm, args=(words[1], int(words[2]), results))
                    thread.start()
                    print("storming")
                elif words[0] == "calm":
                    running = False
                    thread.join()
                    print(" ".join("%s=%d" % x for x in sorted(results.items())))
                sys.stdout.flush()
            """;

    private final Process process;
    private final PrintStream to;
    private final BufferedReader from;

    /// @param group the directory of its control group; null for that of the test
    /// @param namespace the file of its network namespace
    PodProcess(@Nullable Path group, Path namespace) {
        String enter = group == null ? "" : "echo $$ > " + group.resolve("cgroup.procs") + "; ";
        try {
            process =
                    new ProcessBuilder(
                                    List.of(
                                            "sh",
                                            "-c",
                                            enter
                                                    + "exec nsenter --net="
                                                    + namespace
                                                    + " python3 -c \"$0\"",
                                            PROGRAM))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        to = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        from =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /// What the other end said, `via` whom the process thinks it is connected to; or what went wrong.
    String connect(String address, int port) {
        return tell("connect " + address + " " + port);
    }

    /// From an IPv6 socket to an IPv4 address.
    String connectMapped(String address, int port) {
        return tell("mapped " + address + " " + port);
    }

    /// As [#connect], but the socket stays open.
    String hold(String address, int port) {
        return tell("hold " + address + " " + port);
    }

    /// What comes back of a line over the socket that was opened last and stays open.
    String echo(String line) {
        return tell("echo " + line.replace(' ', '_')).replace('_', ' ');
    }

    void release() {
        tell("release");
    }

    /// Connects again and again, until [#calm].
    void storm(String address, int port) {
        tell("storm " + address + " " + port);
    }

    /// How often the storm heard what: `10.244.1.3=12 refused=1`.
    String calm() {
        return tell("calm");
    }

    private String tell(String words) {
        to.println(words);
        try {
            return String.valueOf(from.readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
