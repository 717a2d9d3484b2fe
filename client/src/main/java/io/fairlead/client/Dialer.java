package io.fairlead.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/// Opens a connection to an address as a node sees it: its own, its pods', a Service's. The one way by which the control plane
/// reaches into the pod network.
public interface Dialer {
    /// A connected, blocking channel.
    ///
    /// @param node the node's name
    /// @throws IOException when the node is unknown or the address does not answer; the message names both
    SocketChannel dial(String node, InetSocketAddress address) throws IOException;
}
