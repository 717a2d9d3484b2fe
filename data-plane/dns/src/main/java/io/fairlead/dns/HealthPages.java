package io.fairlead.dns;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.util.function.BooleanSupplier;

/// Answers probes over HTTP: one path, 200 while something holds and 503 while it does not. Every connection serves one request.
final class HealthPages extends ChannelInitializer<Channel> {
    private static final int REQUEST_LENGTH_MAX = 4096;
    private static final int TIMEOUT_SECONDS = 10;

    private final String path;
    private final BooleanSupplier holds;

    HealthPages(String path, BooleanSupplier holds) {
        this.path = path;
        this.holds = holds;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline()
                .addLast(
                        new ReadTimeoutHandler(TIMEOUT_SECONDS),
                        new HttpServerCodec(),
                        new HttpObjectAggregator(REQUEST_LENGTH_MAX),
                        new Request());
    }

    private final class Request extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            HttpResponseStatus status =
                    !request.uri().equals(path)
                            ? HttpResponseStatus.NOT_FOUND
                            : holds.getAsBoolean()
                                    ? HttpResponseStatus.OK
                                    : HttpResponseStatus.SERVICE_UNAVAILABLE;
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            status,
                            ByteBufUtil.writeUtf8(context.alloc(), status.reasonPhrase()));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                    .set(HttpHeaderNames.CONNECTION, "close");
            var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}
