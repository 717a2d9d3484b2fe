package io.fairlead.proxy;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/// A small HTTP server on one port of a node. Connections close after each answer.
final class HttpEndpoint implements AutoCloseable {
    private static final int REQUEST_BYTES_MAX = 8 << 20;

    private final Channel channel;

    private HttpEndpoint(Channel channel) {
        this.channel = channel;
    }

    /// Answers one request, now or later, on any thread.
    @FunctionalInterface
    interface Handler {
        void handle(QueryStringDecoder request, Exchange exchange);
    }

    /// A request that waits for its answer.
    static final class Exchange {
        private final ChannelHandlerContext context;

        private final byte[] body;

        private Exchange(ChannelHandlerContext context, byte[] body) {
            this.context = context;
            this.body = body;
        }

        /// What was sent with the request; empty for most.
        byte[] body() {
            return body;
        }

        ChannelHandlerContext context() {
            return context;
        }

        void answer(HttpResponseStatus status, JsonObject body) {
            byte[] bytes = JsonWriter.bytes(body);
            answer(status, "application/json", bytes);
        }

        void answer(HttpResponseStatus status, String type, byte[] body) {
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, type)
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    .set(HttpHeaderNames.CONNECTION, "close");
            var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /// Listens on a socket that was opened in the node's namespace.
    ///
    /// @param loops NIO event loops
    static HttpEndpoint open(
            EventLoopGroup loops,
            ServerSocketChannel socket,
            InetSocketAddress address,
            Handler handler) {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(() -> new NioServerSocketChannel(socket))
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel connection) {
                                        connection
                                                .pipeline()
                                                .addLast(new HttpServerCodec())
                                                .addLast(
                                                        new HttpObjectAggregator(REQUEST_BYTES_MAX))
                                                .addLast(new Requests(handler));
                                    }
                                });
        return new HttpEndpoint(bootstrap.bind(address).syncUninterruptibly().channel());
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }

    private static final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Handler handler;

        Requests(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            handler.handle(
                    new QueryStringDecoder(request.uri()),
                    new Exchange(context, ByteBufUtil.getBytes(request.content())));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}
