package io.fairlead.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Where a command speaks to the person who started it.
///
/// A cluster's process outlives the command that started it. So the launcher gives it a named pipe: lines are repeated as they are, a line that starts with a
/// carriage return is progress that the next line may overwrite, and one that starts with a record separator is the exit status and the end.
/// Safe for use by many threads.
final class Console implements AutoCloseable {
    private static final char PROGRESS = '\r';
    private static final char EXIT = '\u001e';

    private final PrintStream out;
    private final boolean isRendezvous;
    private final boolean isTerminal;

    private Console(PrintStream out, boolean isRendezvous, boolean isTerminal) {
        this.out = out;
        this.isRendezvous = isRendezvous;
        this.isTerminal = isTerminal;
    }

    /// The launcher's pipe where there is one, else standard output.
    static Console open() {
        String pipe = System.getProperty("fairlead.console", "");
        if (pipe.isEmpty()) {
            return new Console(System.out, false, false);
        }
        try {
            PrintStream out =
                    new PrintStream(new FileOutputStream(pipe), true, StandardCharsets.UTF_8);
            return new Console(out, true, Boolean.getBoolean("fairlead.terminal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void say(String line) {
        out.print(line + "\n");
        out.flush();
    }

    /// What is being done right now; on a terminal the next line takes its place.
    synchronized void progress(String line) {
        if (isTerminal) {
            out.print(PROGRESS + line + "\n");
            out.flush();
        }
    }

    /// Lets the person's command end with `status`; nothing said later is heard.
    synchronized void end(int status) {
        if (isRendezvous) {
            out.print(EXIT + Integer.toString(status) + "\n");
            out.close();
        }
    }

    @Override
    public void close() {
        end(1);
    }
}
