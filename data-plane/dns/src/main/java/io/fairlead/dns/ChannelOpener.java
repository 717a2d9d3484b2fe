package io.fairlead.dns;

import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/// Opens sockets, unbound, in the network where they belong: a socket stays in the namespace it was opened in, whoever uses it. Called from
/// any thread; opening must not take long.
public interface ChannelOpener {
    DatagramChannel openDatagram() throws IOException;

    ServerSocketChannel openServer() throws IOException;

    SocketChannel openStream() throws IOException;

    /// Opens them in a namespace, which must stay open as long as the opener is used.
    static ChannelOpener in(NetworkNamespace namespace) {
        return new ChannelOpener() {
            @Override
            public DatagramChannel openDatagram() {
                return namespace.openDatagramChannel();
            }

            @Override
            public ServerSocketChannel openServer() {
                return namespace.openServerSocketChannel();
            }

            @Override
            public SocketChannel openStream() {
                return namespace.openSocketChannel();
            }
        };
    }

    /// Opens them where the caller is.
    static ChannelOpener here() {
        return new ChannelOpener() {
            @Override
            public DatagramChannel openDatagram() throws IOException {
                return DatagramChannel.open();
            }

            @Override
            public ServerSocketChannel openServer() throws IOException {
                return ServerSocketChannel.open();
            }

            @Override
            public SocketChannel openStream() throws IOException {
                return SocketChannel.open();
            }
        };
    }
}
