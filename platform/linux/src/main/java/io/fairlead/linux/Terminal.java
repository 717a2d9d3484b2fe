package io.fairlead.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The master end of a pseudo-terminal: what a program prints is read from [#input], what is typed
/// is written to [#output].
///
/// Reading and writing wait in native code, so they belong on platform threads, one for each
/// direction. Any thread may resize or close; closing ends a wait.
public final class Terminal implements AutoCloseable {
    private static final int TIOCSWINSZ = 0x5414;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int EIO = 5;
    private static final int PIECE_BYTES_MAX = 32 << 10;

    private final Descriptor master;
    private final Descriptor wake;

    /// Readers and writers share it; closing waits until they have left.
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private volatile boolean closed;

    private Terminal(Descriptor master, Descriptor wake) {
        this.master = master;
        this.wake = wake;
    }

    static Terminal of(Descriptor master) {
        long flags =
                SystemCalls.check(
                        SystemCalls.call(SystemCalls.Call.FCNTL, master.number(), F_GETFL),
                        "read flags of",
                        master.toString());
        SystemCalls.check(
                SystemCalls.call(
                        SystemCalls.Call.FCNTL, master.number(), F_SETFL, flags | O_NONBLOCK),
                "set flags of",
                master.toString());
        return new Terminal(master, WakeUp.open());
    }

    /// What the program prints; ends when the program has closed its end, or with [#close].
    public InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                return length == 0 ? 0 : Terminal.this.read(bytes, offset, length);
            }
        };
    }

    /// What is typed.
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                Terminal.this.write(bytes, offset, length);
            }
        };
    }

    /// Tells the program how large its window is.
    public void resize(int columns, int rows) {
        inUse.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                return;
            }
            MemorySegment size = arena.allocate(8, 2);
            size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
            size.set(ValueLayout.JAVA_SHORT, 2, (short) columns);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.IOCTL, master.number(), TIOCSWINSZ, size.address()),
                    "resize",
                    "terminal");
        } finally {
            inUse.readLock().unlock();
        }
    }

    /// Hangs up: the program gets SIGHUP.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        WakeUp.signal(wake);
        inUse.writeLock().lock();
        try {
            master.close();
            wake.close();
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private int read(byte[] bytes, int offset, int length) throws IOException {
        inUse.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            int wanted = Math.min(length, PIECE_BYTES_MAX);
            MemorySegment piece = arena.allocate(wanted);
            while (!closed) {
                long count =
                        SystemCalls.restarting(
                                SystemCalls.Call.READ, master.number(), piece.address(), wanted);
                // The kernel says EIO when no program has the other end open any more.
                if (count == 0 || count == -EIO) {
                    return -1;
                }
                if (count > 0) {
                    MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) count);
                    return (int) count;
                }
                waitUnlessRefused(count, Descriptor.POLLIN, "read from");
            }
            return -1;
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void write(byte[] bytes, int offset, int length) throws IOException {
        inUse.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.max(1, length));
            MemorySegment.copy(bytes, offset, piece, ValueLayout.JAVA_BYTE, 0, length);
            int done = 0;
            while (done < length) {
                if (closed) {
                    throw new IOException("the terminal is closed");
                }
                long count =
                        SystemCalls.restarting(
                                SystemCalls.Call.WRITE,
                                master.number(),
                                piece.address() + done,
                                length - done);
                if (count > 0) {
                    done += (int) count;
                } else {
                    waitUnlessRefused(count, Descriptor.POLLOUT, "write to");
                }
            }
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void waitUnlessRefused(long result, int events, String operation) throws IOException {
        if (!SystemCalls.failedWith(result, Errno.EAGAIN)) {
            throw new IOException(
                    "cannot " + operation + " the terminal: " + new Errno((int) -result));
        }
        master.await(events, wake);
    }
}
