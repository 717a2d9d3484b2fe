package io.fairlead.metrics;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/// Serves `metrics.k8s.io/v1beta1` over TLS to the cluster's API server, which has judged by then whether the user may ask.
public final class ResourceMetricsServer implements AutoCloseable {
    public static final int PORT = 10443;

    private static final int REQUEST_BYTES_MAX = 64 << 10;

    private final Channel channel;

    private ResourceMetricsServer(Channel channel) {
        this.channel = channel;
    }

    /// What it is made of.
    ///
    /// @param transport to the API server, as somebody who may list pods and nodes
    /// @param proof requires certificates that only the API server has
    /// @param toNodes knows nodes' agents by their certificates, and shows one that they know
    /// @param sockets opens unconnected sockets from where agents are reached
    /// @param loops NIO event loops
    /// @param tasks may be held up
    public record Means(
            Transport transport,
            SslContext proof,
            SslContext toNodes,
            Callable<SocketChannel> sockets,
            EventLoopGroup loops,
            InstantSource clock,
            Executor tasks) {}

    /// Begins to listen, on a socket that was opened where it is to be reached.
    ///
    /// @throws IOException when the port is taken
    public static ResourceMetricsServer start(
            Means means, ServerSocketChannel socket, InetSocketAddress address) throws IOException {
        MetricsApi api =
                new MetricsApi(
                        new KubeClient(means.transport()),
                        new NodeScraper(means.loops(), means.toNodes(), means.sockets()),
                        means.clock(),
                        means.tasks());
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(means.loops())
                        .channelFactory(() -> new NioServerSocketChannel(socket))
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel connection) {
                                        connection
                                                .pipeline()
                                                .addLast(
                                                        means.proof()
                                                                .newHandler(connection.alloc()))
                                                .addLast(new HttpServerCodec())
                                                .addLast(
                                                        new HttpObjectAggregator(REQUEST_BYTES_MAX))
                                                .addLast(new Requests(api));
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("metrics cannot be served at " + address, bound.cause());
        }
        return new ResourceMetricsServer(bound.channel());
    }

    @Override
    public void close() {
        var _ = channel.close();
    }

    private static final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final MetricsApi api;

        Requests(MetricsApi api) {
            this.api = api;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            QueryStringDecoder target = new QueryStringDecoder(request.uri());
            boolean staysOpen = HttpUtil.isKeepAlive(request);
            if (!request.method().equals(HttpMethod.GET)) {
                Status refusal =
                        new Status(
                                405,
                                "MethodNotAllowed",
                                "the server does not allow this method on the requested resource",
                                JsonObject.EMPTY);
                answer(context, staysOpen, refusal.code(), refusal.tree());
                return;
            }
            String selector =
                    target.parameters().getOrDefault("labelSelector", List.of("")).getFirst();
            var _ =
                    api.answer(target.path(), selector)
                            .whenCompleteAsync(
                                    (tree, failure) -> {
                                        if (failure == null) {
                                            answer(context, staysOpen, 200, tree);
                                        } else {
                                            Status status = status(failure);
                                            answer(
                                                    context,
                                                    staysOpen,
                                                    status.code(),
                                                    status.tree());
                                        }
                                    },
                                    context.executor());
        }

        private static Status status(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException wrapped && wrapped.getCause() != null
                            ? wrapped.getCause()
                            : failure;
            return cause instanceof ApiException refused
                    ? refused.status()
                    : new Status(
                            500,
                            "InternalError",
                            String.valueOf(cause.getMessage()),
                            JsonObject.EMPTY);
        }

        private static void answer(
                ChannelHandlerContext context, boolean staysOpen, int code, JsonObject tree) {
            byte[] body = JsonWriter.bytes(tree);
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.valueOf(code),
                            Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
            HttpUtil.setKeepAlive(response, staysOpen);
            ChannelFuture written = context.writeAndFlush(response);
            if (!staysOpen) {
                var _ = written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}
