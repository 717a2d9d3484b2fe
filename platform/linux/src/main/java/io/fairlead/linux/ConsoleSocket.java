package io.fairlead.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The socket an OCI runtime sends a container's terminal to (`--console-socket`): it connects and
/// passes the master end as a file descriptor.
public final class ConsoleSocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int PATH_BYTES_MAX = 107;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int CONTROL_BYTES = 24;

    private final Descriptor listener;
    private final Path path;

    private ConsoleSocket(Descriptor listener, Path path) {
        this.listener = listener;
        this.path = path;
    }

    /// Listens at a path that is not there yet, of at most 107 bytes.
    public static ConsoleSocket listen(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > PATH_BYTES_MAX) {
            throw LinuxException.of("listen at", path.toString(), new Errno(36));
        }
        Descriptor listener =
                new Descriptor(
                        SystemCalls.check(
                                SystemCalls.call(
                                        SystemCalls.Call.SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC, 0),
                                "open socket for",
                                path.toString()));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(110, 2);
            address.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.BIND, listener.number(), address.address(), 110),
                    "listen at",
                    path.toString());
            SystemCalls.check(
                    SystemCalls.call(SystemCalls.Call.LISTEN, listener.number(), 4),
                    "listen at",
                    path.toString());
            return new ConsoleSocket(listener, path);
        } catch (RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /// Waits for a runtime to hand over a terminal.
    ///
    /// @return empty when none came in time
    public Optional<Terminal> accept(Duration timeout) {
        if (!listener.await(Descriptor.POLLIN, timeout)) {
            return Optional.empty();
        }
        long accepted =
                SystemCalls.restarting(
                        SystemCalls.Call.ACCEPT4, listener.number(), 0, 0, SOCK_CLOEXEC);
        try (Descriptor connection =
                new Descriptor(SystemCalls.check(accepted, "accept at", path.toString()))) {
            if (!connection.await(Descriptor.POLLIN, timeout)) {
                return Optional.empty();
            }
            return Optional.of(Terminal.of(receiveDescriptor(connection)));
        }
    }

    @Override
    public void close() {
        listener.close();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Descriptor receiveDescriptor(Descriptor connection) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(4096, 8);
            MemorySegment vector = arena.allocate(16, 8);
            vector.set(JAVA_LONG, 0, text.address());
            vector.set(JAVA_LONG, 8, text.byteSize());
            MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
            // struct msghdr: name, namelen, iov, iovlen, control, controllen, flags.
            MemorySegment message = arena.allocate(56, 8);
            message.set(JAVA_LONG, 16, vector.address());
            message.set(JAVA_LONG, 24, 1);
            message.set(JAVA_LONG, 32, control.address());
            message.set(JAVA_LONG, 40, CONTROL_BYTES);
            SystemCalls.check(
                    SystemCalls.restarting(
                            SystemCalls.Call.RECVMSG,
                            connection.number(),
                            message.address(),
                            MSG_CMSG_CLOEXEC),
                    "receive terminal at",
                    path.toString());
            // struct cmsghdr: len (8 bytes), level, type; then the descriptor.
            boolean holdsDescriptor =
                    message.get(JAVA_LONG, 40) >= 20
                            && control.get(JAVA_LONG, 0) >= 20
                            && control.get(JAVA_INT, 8) == SOL_SOCKET
                            && control.get(JAVA_INT, 12) == SCM_RIGHTS;
            if (!holdsDescriptor) {
                throw LinuxException.of("receive terminal at", path.toString(), Errno.EBADMSG);
            }
            return new Descriptor(control.get(JAVA_INT, 16));
        }
    }
}
