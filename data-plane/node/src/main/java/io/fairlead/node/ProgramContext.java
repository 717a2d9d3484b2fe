package io.fairlead.node;

import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/// What an in-process container gets from its pod.
public interface ProgramContext {
    /// The container's command and arguments.
    List<String> arguments();

    Map<String, String> environment();

    String podName();

    String podNamespace();

    String nodeName();

    /// One or two of different families, the primary one first.
    List<InetAddress> podAddresses();

    /// The container's log; any thread may write.
    OutputStream output();

    /// The file or directory that the pod mounts at a path, or below one.
    Optional<Path> mounted(String path);

    /// Runs a short task in the pod's network namespace, which opens what belongs there. It must not block or start threads.
    <T> T inNamespace(Callable<T> task);

    /// An unbound UDP socket of the pod.
    default DatagramChannel openDatagramChannel() {
        return inNamespace(DatagramChannel::open);
    }

    /// An unbound TCP listener of the pod.
    default ServerSocketChannel openServerSocketChannel() {
        return inNamespace(ServerSocketChannel::open);
    }

    /// An unconnected TCP socket of the pod.
    default SocketChannel openSocketChannel() {
        return inNamespace(SocketChannel::open);
    }
}
