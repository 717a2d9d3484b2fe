package io.fairlead.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/// A network namespace, held open by a descriptor.
///
/// A socket belongs for ever to the namespace it was *created* in; bind, connect and I/O may happen
/// later on any thread. So work inside a namespace is short: [#call] opens what is needed on one of
/// a few dedicated threads, and everything else stays at home.
///
/// Named namespaces are files that the namespace is mounted on; the mount keeps them alive without
/// any process. Names are global to the machine, not to a namespace.
public final class NetworkNamespace implements AutoCloseable {
    private static final int SYSCTL_BYTES_MAX = 4096;

    private static final Path OF_THIS_THREAD = Path.of("/proc/thread-self/ns/net");

    private static final int NS_GET_NSTYPE = 0xb703;

    private final Descriptor descriptor;
    private final String name;

    private NetworkNamespace(Descriptor descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    /// The namespace the caller is in.
    public static NetworkNamespace current() {
        return new NetworkNamespace(Descriptor.open(OF_THIS_THREAD, 0), "current");
    }

    /// The namespace mounted on a file, such as one that `ip netns add` or [#create] made.
    ///
    /// @throws LinuxException with [Errno#EINVAL] when nothing is mounted on the file, or it is
    ///     mounted in another mount namespace only
    public static NetworkNamespace open(Path file) {
        Descriptor descriptor = Descriptor.open(file, 0);
        long type = SystemCalls.call(SystemCalls.Call.IOCTL, descriptor.number(), NS_GET_NSTYPE);
        if (type != NamespaceThreads.CLONE_NEWNET) {
            descriptor.close();
            throw LinuxException.of("open network namespace", file.toString(), Errno.EINVAL);
        }
        return new NetworkNamespace(descriptor, file.toString());
    }

    /// The namespace a process is in.
    public static NetworkNamespace ofProcess(long pid) {
        Path file = Path.of("/proc", Long.toString(pid), "ns", "net");
        return new NetworkNamespace(Descriptor.open(file, 0), file.toString());
    }

    /// Makes a new namespace, kept alive by the file until [#delete].
    ///
    /// @throws LinuxException with [Errno#EEXIST] when the file is there already
    public static NetworkNamespace create(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.createFile(file);
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw LinuxException.of("create network namespace", file.toString(), Errno.EEXIST);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            return NamespaceThreads.callInNew(() -> {
                Mounts.bind(OF_THIS_THREAD, file);
                return open(file);
            });
        } catch (RuntimeException e) {
            file.toFile().delete();
            throw e;
        }
    }

    /// Whether a namespace is mounted on the file. A file without one is left by a crash between
    /// the two steps of [#create]; [#delete] takes it away.
    public static boolean exists(Path file) {
        return Files.exists(file) && Mounts.isMountPoint(file);
    }

    /// Takes the name away; the namespace, its links and its sockets end with their last user.
    /// Nothing happens when there is no such name.
    public static void delete(Path file) {
        if (!Files.exists(file)) {
            return;
        }
        while (Mounts.isMountPoint(file)) {
            Mounts.detach(file);
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a short task inside and waits for it. The task must not start threads or block, and
    /// should touch only classes that are loaded already.
    ///
    /// @throws RuntimeException what the task threw; an [IOException] comes as
    ///     [UncheckedIOException]
    public <T> T call(Callable<T> task) {
        return NamespaceThreads.call(this, task);
    }

    /// An unbound, blocking UDP socket.
    public DatagramChannel openDatagramChannel() {
        return call(DatagramChannel::open);
    }

    /// An unconnected, blocking TCP socket.
    public SocketChannel openSocketChannel() {
        return call(SocketChannel::open);
    }

    /// An unbound, blocking TCP listener.
    public ServerSocketChannel openServerSocketChannel() {
        return call(ServerSocketChannel::open);
    }

    /// Starts a program inside. For programs that are shorter than the namespace: the JDK's thread
    /// that waits for a program's end is born inside too, and may keep the namespace for a minute.
    public Process start(ProcessBuilder program) {
        return call(program::start);
    }

    /// Writes a kernel setting of this namespace.
    ///
    /// @param key relative to `/proc/sys/net`, with slashes: `ipv4/ip_forward`
    /// @throws LinuxException with [Errno#ENOENT] when there is no such key
    public void setSysctl(String key, String value) {
        call(() -> {
            KernelFiles.write(sysctl(key), value);
            return true;
        });
    }

    /// Reads a kernel setting of this namespace, without the line end.
    public String readSysctl(String key) {
        return call(() -> {
            // In one read: the kernel has nothing more to say to a second one.
            try (InputStream in = Files.newInputStream(sysctl(key))) {
                byte[] value = new byte[SYSCTL_BYTES_MAX];
                int length = in.read(value);
                return new String(value, 0, Math.max(0, length), StandardCharsets.UTF_8).strip();
            }
        });
    }

    /// Whether this kernel, with the modules it has loaded, knows the setting.
    public boolean hasSysctl(String key) {
        return call(() -> Files.exists(sysctl(key)));
    }

    /// The names in a folder of kernel settings, such as the links in `ipv6/conf`; empty where this kernel has no such folder.
    public List<String> sysctlsIn(String folder) {
        return call(() -> {
            String[] names = sysctl(folder).toFile().list();
            return names == null ? List.of() : Stream.of(names).sorted().toList();
        });
    }

    /// The number that tells namespaces apart: equal for two views of the same one.
    public long inode() {
        try {
            return (Long) Files.getAttribute(descriptorPath(), "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A path that stands for this namespace as long as it is open here; for messages to the kernel
    /// use the descriptor instead.
    private Path descriptorPath() {
        return Path.of("/proc/self/fd", Integer.toString(descriptor.number()));
    }

    private static Path sysctl(String key) {
        return Path.of("/proc/sys/net").resolve(key);
    }

    int descriptorNumber() {
        return descriptor.number();
    }

    @Override
    public void close() {
        descriptor.close();
    }

    /// The file it was opened from.
    @Override
    public String toString() {
        return "network namespace " + name;
    }
}
