package io.fairlead.node;

import io.fairlead.linux.NetworkNamespace;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/// A node's own API on its address, port 10250: logs, commands, port forwarding and what runs. Served in the node's network namespace,
/// over TLS; who may call is decided by the client certificates that the security context accepts.
public final class NodeApi implements AutoCloseable {
    private static final int REQUEST_BYTES_MAX = 64 * 1024;

    private final NodeAgent agent;
    private final SslContext security;
    private final EventLoopGroup loops;
    private final Executor tasks;
    private final Executor blocking;
    private final List<Channel> servers = new ArrayList<>();

    /// @param security must require client certificates of the API server's authority
    /// @param loops NIO event loops
    /// @param tasks runs what waits; virtual threads do
    /// @param blocking platform threads, as many as are asked for: the streams of commands wait in native code
    public NodeApi(
            NodeAgent agent,
            SslContext security,
            EventLoopGroup loops,
            Executor tasks,
            Executor blocking) {
        this.agent = agent;
        this.security = security;
        this.loops = loops;
        this.tasks = tasks;
        this.blocking = blocking;
    }

    /// Listens, on each of the node's addresses.
    ///
    /// @throws NodeException when the port is taken
    public synchronized void start() {
        NodeSettings settings = agent.settings();
        try (NetworkNamespace namespace = NetworkNamespace.open(settings.namespace())) {
            for (InetAddress own : settings.addresses()) {
                listen(namespace, new InetSocketAddress(own, NodeSettings.API_PORT));
            }
        }
    }

    private void listen(NetworkNamespace namespace, InetSocketAddress address) {
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(() ->
                                new NioServerSocketChannel(namespace.openServerSocketChannel()))
                        .childHandler(new Pipeline())
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new NodeException(
                    "cannot listen at " + address + " of node " + agent.settings().name(),
                    bound.cause());
        }
        servers.add(bound.channel());
    }

    @Override
    public synchronized void close() {
        for (Channel server : servers) {
            var _ = server.close();
        }
        servers.clear();
    }

    private final class Pipeline extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(security.newHandler(channel.alloc()))
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpObjectAggregator(REQUEST_BYTES_MAX))
                    .addLast(new NodeApiHandler(agent, tasks, blocking));
        }
    }
}
