package io.fairlead.node;

import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;

/// A port on the machine's loopback that leads to an address inside a namespace, for clients that know of no namespaces.
final class Relay implements AutoCloseable {
    private final ServerSocket listener;
    private final NetworkNamespace namespace;
    private final InetSocketAddress target;

    Relay(NetworkNamespace namespace, InetSocketAddress target) throws IOException {
        this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        this.namespace = namespace;
        this.target = target;
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                Socket client = listener.accept();
                SocketChannel server = namespace.openSocketChannel();
                server.connect(target);
                copy(client.getInputStream(), server.socket().getOutputStream(), server);
                copy(server.socket().getInputStream(), client.getOutputStream(), client);
            }
        } catch (IOException e) {
            // Closed; whoever still connects notices.
            return;
        }
    }

    private static void copy(InputStream from, OutputStream to, AutoCloseable closing) {
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try (closing) {
                        from.transferTo(to);
                    } catch (Exception e) {
                        // One side is gone, so the other goes too.
                        return;
                    }
                });
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
