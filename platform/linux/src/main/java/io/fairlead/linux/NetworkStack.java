package io.fairlead.linux;

/// Links, addresses, routes and neighbours of one network namespace, changed through one netlink
/// socket.
///
/// One thread at a time.
public final class NetworkStack implements AutoCloseable {
    private final NetlinkSocket socket;

    private NetworkStack(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// The stack of the given namespace; the namespace may be closed afterwards.
    public static NetworkStack open(NetworkNamespace namespace) {
        return new NetworkStack(NetlinkSocket.open(namespace, NetlinkSocket.ROUTE));
    }

    /// The stack of the namespace the caller is in.
    public static NetworkStack open() {
        return new NetworkStack(NetlinkSocket.open(NetlinkSocket.ROUTE));
    }

    public Links links() {
        return new Links(socket);
    }

    public Addresses addresses() {
        return new Addresses(socket);
    }

    public Routes routes() {
        return new Routes(socket);
    }

    public RoutingRules routingRules() {
        return new RoutingRules(socket);
    }

    public Neighbours neighbours() {
        return new Neighbours(socket);
    }

    @Override
    public void close() {
        socket.close();
    }
}
