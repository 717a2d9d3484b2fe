package io.fairlead.cluster;

import io.fairlead.client.Dialer;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Opens sockets in the nodes' networks, for whoever runs outside of them.
final class NodeNetworks implements Dialer, AutoCloseable {
    private final Machine machine;
    private final ClusterSettings settings;
    private final Map<String, NetworkNamespace> namespaces = new ConcurrentHashMap<>();

    NodeNetworks(Machine machine, ClusterSettings settings) {
        this.machine = machine;
        this.settings = settings;
    }

    @Override
    public SocketChannel dial(String node, InetSocketAddress address) throws IOException {
        SocketChannel channel = namespace(node).openSocketChannel();
        try {
            channel.connect(address);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new IOException(
                    "%s cannot be reached from node %s: %s"
                            .formatted(address, node, e.getMessage()),
                    e);
        }
    }

    DatagramChannel openDatagram(String node) throws IOException {
        return namespace(node).openDatagramChannel();
    }

    private NetworkNamespace namespace(String node) throws IOException {
        if (!settings.nodeNames().contains(node)) {
            throw new IOException("there is no node %s".formatted(node));
        }
        try {
            return namespaces.computeIfAbsent(node, machine::openNode);
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        namespaces.values().forEach(NetworkNamespace::close);
        namespaces.clear();
    }
}
