package io.fairlead.metrics;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// Reads `/metrics/resource` of a node's agent.
final class NodeScraper {
    static final int AGENT_PORT = 10250;

    private static final String PATH = "/metrics/resource";
    private static final int BYTES_MAX = 64 << 20;
    private static final int PATIENCE_SECONDS = 5;

    private final EventLoopGroup loops;
    private final SslContext security;
    private final Callable<SocketChannel> sockets;

    /// @param loops NIO event loops
    /// @param security knows agents by their certificates, and shows one that they know
    /// @param sockets opens unconnected ones, in the network from where agents are reached
    NodeScraper(EventLoopGroup loops, SslContext security, Callable<SocketChannel> sockets) {
        this.loops = loops;
        this.security = security;
        this.sockets = sockets;
    }

    /// @return its text; fails with an [IOException] when it does not answer
    CompletableFuture<String> scrape(InetSocketAddress agent) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loops)
                        .channelFactory(this::channel)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, PATIENCE_SECONDS * 1000)
                        .handler(new Exchange(agent, answer))
                        .connect(agent);
        var _ =
                connecting.addListener(done -> {
                    if (!done.isSuccess()) {
                        answer.completeExceptionally(done.cause());
                    }
                });
        return answer;
    }

    private Channel channel() {
        try {
            return new NioSocketChannel(sockets.call());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("no socket for a node's agent", e);
        }
    }

    private final class Exchange extends ChannelInitializer<Channel> {
        private final InetSocketAddress agent;
        private final CompletableFuture<String> answer;

        Exchange(InetSocketAddress agent, CompletableFuture<String> answer) {
            this.agent = agent;
            this.answer = answer;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(security.newHandler(channel.alloc()))
                    .addLast(new ReadTimeoutHandler(PATIENCE_SECONDS))
                    .addLast(new HttpClientCodec())
                    .addLast(new HttpObjectAggregator(BYTES_MAX))
                    .addLast(new Reader(agent, answer));
        }
    }

    private static final class Reader extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final InetSocketAddress agent;
        private final CompletableFuture<String> answer;

        Reader(InetSocketAddress agent, CompletableFuture<String> answer) {
            this.agent = agent;
            this.answer = answer;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            DefaultFullHttpRequest request =
                    new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, PATH);
            request.headers()
                    .set(HttpHeaderNames.HOST, agent.getHostString())
                    .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            var _ =
                    context.writeAndFlush(request)
                            .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            String text = response.content().toString(StandardCharsets.UTF_8);
            if (response.status().code() == 200) {
                answer.complete(text);
            } else {
                answer.completeExceptionally(
                        new IOException("%s answers %s".formatted(agent, response.status())));
            }
            var _ = context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.completeExceptionally(new IOException(agent + " closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            answer.completeExceptionally(cause);
            var _ = context.close();
        }
    }
}
