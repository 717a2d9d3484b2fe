package io.fairlead.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What one run of a container writes: kept in a file, and passed on to whoever is attached.
///
/// Guarded by its lock; any thread may write, read and wait.
final class ContainerLog {
    /// Hears output as it comes. Must not block for long: the container waits with it.
    interface Listener {
        void onOutput(OutputStreamName stream, byte[] bytes);

        /// Nothing more will come.
        void onEnd();
    }

    private static final int LINE_LENGTH_MAX = 16 * 1024;

    private final Path file;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final Map<OutputStreamName, ByteArrayOutputStream> unfinished =
            new EnumMap<>(OutputStreamName.class);
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private @Nullable OutputStream out;
    private boolean isEnded;
    private long length;

    ContainerLog(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
    }

    Path file() {
        return file;
    }

    /// Takes what a container wrote, wherever in a line it begins or ends.
    void append(OutputStreamName stream, byte[] bytes, int count) {
        byte[] chunk = Arrays.copyOf(bytes, count);
        lock.lock();
        try {
            ByteArrayOutputStream lines = new ByteArrayOutputStream(count + 64);
            Instant now = clock.instant();
            ByteArrayOutputStream line =
                    unfinished.computeIfAbsent(stream, name -> new ByteArrayOutputStream());
            for (byte next : chunk) {
                if (next == '\n') {
                    flush(line, stream, LogLine.Completeness.FULL, now, lines);
                } else {
                    line.write(next);
                    if (line.size() == LINE_LENGTH_MAX) {
                        flush(line, stream, LogLine.Completeness.PARTIAL, now, lines);
                    }
                }
            }
            write(lines.toByteArray());
        } finally {
            lock.unlock();
        }
        listeners.forEach(listener -> listener.onOutput(stream, chunk));
    }

    /// Writes what is left of unfinished lines and tells everybody that nothing more comes.
    void end() {
        lock.lock();
        try {
            if (isEnded) {
                return;
            }
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            Instant now = clock.instant();
            unfinished.forEach((stream, line) -> {
                if (line.size() > 0) {
                    flush(line, stream, LogLine.Completeness.PARTIAL, now, lines);
                }
            });
            write(lines.toByteArray());
            isEnded = true;
            if (out != null) {
                try {
                    out.close();
                } catch (IOException e) {
                    throw new NodeException("cannot close the log " + file, e);
                }
            }
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        listeners.forEach(Listener::onEnd);
    }

    void add(Listener listener) {
        listeners.add(listener);
        if (isEnded()) {
            listener.onEnd();
        }
    }

    void remove(Listener listener) {
        listeners.remove(listener);
    }

    boolean isEnded() {
        lock.lock();
        try {
            return isEnded;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the file is longer than `known` bytes or nothing more will come.
    ///
    /// @return whether it is longer
    boolean awaitMore(long known) throws InterruptedException {
        lock.lock();
        try {
            while (length() <= known && !isEnded) {
                grown.await();
            }
            return length() > known;
        } finally {
            lock.unlock();
        }
    }

    private long length() {
        if (out == null) {
            length = Files.exists(file) ? file.toFile().length() : 0;
        }
        return length;
    }

    private void flush(
            ByteArrayOutputStream line,
            OutputStreamName stream,
            LogLine.Completeness completeness,
            Instant now,
            ByteArrayOutputStream to) {
        to.writeBytes(new LogLine(now, stream, completeness, line.toByteArray()).encoded());
        line.reset();
    }

    private void write(byte[] lines) {
        if (lines.length == 0 || isEnded) {
            return;
        }
        try {
            OutputStream open = out;
            if (open == null) {
                Files.createDirectories(file.getParent());
                length = length();
                open =
                        Files.newOutputStream(
                                file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                out = open;
            }
            open.write(lines);
            length += lines.length;
            grown.signalAll();
        } catch (IOException e) {
            throw new NodeException("cannot write the log " + file, e);
        }
    }
}
