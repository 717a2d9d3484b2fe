package io.fairlead.apiserver;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Listens for HTTPS on several addresses; HTTP/1.1 and HTTP/2 as the client chooses.
///
/// Event loops move bytes, requests run on the executor, so that nothing that waits holds up other connections.
// Netty tells of failed writes and closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpServer implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final int STREAMS_MAX = 1000;
    // A client that gives up streams as fast as it opens them costs more than it pays for.
    private static final int RESETS_MAX = 2000;
    private static final int RESETS_SECONDS = 30;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int HEADER_BYTES_MAX = 64 << 10;

    private final SslContext security;
    private final Function<Channel, HttpExchange> exchanges;
    private final EventLoopGroup loops;
    private final RequestLimits limits;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Channel> listeners = new ArrayList<>();

    HttpServer(
            SslContext security,
            ThreadFactory threads,
            int loopCount,
            RequestLimits limits,
            Function<Channel, HttpExchange> exchanges) {
        this.security = security;
        this.limits = limits;
        this.exchanges = exchanges;
        IoHandlerFactory io =
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.loops = new MultiThreadIoEventLoopGroup(loopCount, threads, io);
    }

    /// Begins to accept connections; returns the address, with the port that port 0 became.
    InetSocketAddress listen(InetSocketAddress address, SocketScope scope) throws IOException {
        try {
            ServerChannel made = scope.open(HttpServer::newListener);
            Channel channel =
                    new ServerBootstrap()
                            .group(loops)
                            .channelFactory(() -> made)
                            .option(ChannelOption.SO_BACKLOG, BACKLOG)
                            .option(ChannelOption.SO_REUSEADDR, true)
                            .childOption(ChannelOption.TCP_NODELAY, true)
                            .childHandler(new Connections())
                            .bind(address)
                            .sync()
                            .channel();
            listeners.add(channel);
            return (InetSocketAddress) channel.localAddress();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while binding " + address, e);
        } catch (Exception e) {
            throw new IOException("cannot listen on %s: %s".formatted(address, e.getMessage()), e);
        }
    }

    /// Ends all connections.
    @Override
    public void close() {
        listeners.forEach(Channel::close);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }

    private static ServerChannel newListener() {
        return Epoll.isAvailable() ? new EpollServerSocketChannel() : new NioServerSocketChannel();
    }

    private final class Connections extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            if (connections.incrementAndGet() > limits.connections()) {
                connections.decrementAndGet();
                channel.close();
                return;
            }
            channel.closeFuture().addListener(closed -> connections.decrementAndGet());
            channel.pipeline().addLast("tls", security.newHandler(channel.alloc()));
            channel.pipeline().addLast(new Negotiation());
        }
    }

    private final class Negotiation extends ApplicationProtocolNegotiationHandler {
        Negotiation() {
            super(ApplicationProtocolNames.HTTP_1_1);
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext context, String protocol) {
            ChannelPipeline pipeline = context.pipeline();
            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                pipeline.addLast(
                        Http2FrameCodecBuilder.forServer()
                                .decoderEnforceMaxRstFramesPerWindow(RESETS_MAX, RESETS_SECONDS)
                                .initialSettings(
                                        Http2Settings.defaultSettings()
                                                .maxConcurrentStreams(STREAMS_MAX)
                                                .initialWindowSize(WINDOW_BYTES)
                                                .maxHeaderListSize(HEADER_BYTES_MAX))
                                .build());
                pipeline.addLast(
                        new Http2MultiplexHandler(new Streams(context.channel(), context)));
                pipeline.addLast(new BrokenConnections());
            } else {
                ConnectionTimes times =
                        new ConnectionTimes(
                                ConnectionTimes.HEAD, ConnectionTimes.IDLE, limits.timeout());
                pipeline.addLast("arrivals", times.arrivals());
                pipeline.addLast("http", new HttpServerCodec(8192, HEADER_BYTES_MAX, 8192));
                pipeline.addLast("times", times);
                pipeline.addLast("body", new BodyCollector());
                pipeline.addLast("exchange", exchanges.apply(context.channel()));
            }
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /// A connection that breaks is closed; its streams hear of it that way.
    private static final class BrokenConnections extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private final class Streams extends ChannelInitializer<Channel> {
        private final Channel connection;
        private final EventExecutor loop;
        private int open;
        private ScheduledFuture<?> due;

        Streams(Channel connection, ChannelHandlerContext context) {
            this.connection = connection;
            this.loop = context.executor();
            this.due = closeAfter(ConnectionTimes.HEAD);
        }

        private ScheduledFuture<?> closeAfter(Duration limit) {
            return loop.schedule(() -> connection.close(), limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        private void ended() {
            open--;
            if (open == 0 && connection.isActive()) {
                due = closeAfter(ConnectionTimes.IDLE);
            }
        }

        @Override
        protected void initChannel(Channel stream) {
            open++;
            due.cancel(false);
            stream.closeFuture().addListener(ended -> ended());
            stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true));
            stream.pipeline()
                    .addLast(
                            "times",
                            new ConnectionTimes(
                                    ConnectionTimes.HEAD, Duration.ZERO, limits.timeout()));
            stream.pipeline().addLast("body", new BodyCollector());
            stream.pipeline().addLast("exchange", exchanges.apply(connection));
        }
    }
}
