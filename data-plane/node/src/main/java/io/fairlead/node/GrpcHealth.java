package io.fairlead.node;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Asks a server for its health by the gRPC health checking protocol: one call of `grpc.health.v1.Health/Check` over HTTP/2 without TLS.
/// The two messages have one field each, so they are written and read here.
final class GrpcHealth {
    private static final int SERVING = 1;
    private static final int PREFIX_LENGTH = 5;
    private static final int ANSWER_MAX = 1024;
    private static final int SERVICE_FIELD = 0x0a;
    private static final int STATUS_FIELD = 0x08;
    private static final int UNIMPLEMENTED = 12;

    private final String service;
    private final InetSocketAddress address;
    private final Duration timeout;
    private final CompletableFuture<ProbeOutcome> outcome = new CompletableFuture<>();

    /// @param service whose health is asked for; empty for the server as a whole
    GrpcHealth(String service, InetSocketAddress address, Duration timeout) {
        this.service = service;
        this.address = address;
        this.timeout = timeout;
    }

    /// What a channel to the server needs in its pipeline.
    ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast(
                                Http2FrameCodecBuilder.forClient().build(),
                                new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
            }
        };
    }

    /// @param bootstrap with a channel factory, and the handler that [#initializer] gives
    CompletableFuture<ProbeOutcome> check(Bootstrap bootstrap) {
        var _ =
                bootstrap
                        .connect(address)
                        .addListener((ChannelFuture connected) -> {
                            if (connected.isSuccess()) {
                                call(connected.channel());
                            } else {
                                outcome.complete(tooLate());
                            }
                        });
        return outcome.completeOnTimeout(tooLate(), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private ProbeOutcome tooLate() {
        return ProbeOutcome.failure(
                "timeout: failed to connect service \"%s:%d\" within %ds: context deadline exceeded"
                        .formatted(
                                address.getHostString(), address.getPort(), timeout.toSeconds()));
    }

    private void call(Channel connection) {
        var _ =
                outcome.whenComplete((result, failure) -> {
                    var _ = connection.close();
                });
        var _ =
                connection
                        .closeFuture()
                        .addListener(closed ->
                                outcome.complete(failed("connection closed before the answer")));
        var _ =
                new Http2StreamChannelBootstrap(connection)
                        .handler(new Answer())
                        .open()
                        .addListener((Future<Http2StreamChannel> opened) -> {
                            if (opened.isSuccess()) {
                                ask(opened.getNow());
                            } else {
                                outcome.complete(failed(String.valueOf(opened.cause())));
                            }
                        });
    }

    private void ask(Http2StreamChannel stream) {
        Http2Headers headers =
                new DefaultHttp2Headers()
                        .method("POST")
                        .scheme("http")
                        .path("/grpc.health.v1.Health/Check")
                        .authority(address.getHostString() + ":" + address.getPort())
                        .set("content-type", "application/grpc")
                        .set("user-agent", "kube-probe/1.36")
                        .set("te", "trailers");
        var _ = stream.write(new DefaultHttp2HeadersFrame(headers));
        var _ = stream.writeAndFlush(new DefaultHttp2DataFrame(question(), true));
    }

    private ByteBuf question() {
        ByteBuf message = Unpooled.buffer();
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.buffer();
        if (name.length > 0) {
            body.writeByte(SERVICE_FIELD);
            writeLength(body, name.length);
            body.writeBytes(name);
        }
        message.writeByte(0).writeInt(body.readableBytes()).writeBytes(body);
        return message;
    }

    private static void writeLength(ByteBuf to, int length) {
        int rest = length;
        while (rest > 0x7f) {
            to.writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        to.writeByte(rest);
    }

    private static ProbeOutcome failed(String why) {
        return ProbeOutcome.failure("error: health rpc failed: " + why);
    }

    /// Collects the answer's message, and judges when the trailers end it.
    private final class Answer extends SimpleChannelInboundHandler<Http2StreamFrame> {
        private final ByteBuf message = Unpooled.buffer();

        @Override
        protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
            switch (frame) {
                case Http2DataFrame data -> {
                    if (message.readableBytes() + data.content().readableBytes() > ANSWER_MAX) {
                        outcome.complete(failed("the answer is too long"));
                        return;
                    }
                    message.writeBytes(data.content());
                }
                case Http2HeadersFrame headers -> {
                    if (headers.isEndStream()) {
                        outcome.complete(judge(headers.headers()));
                    }
                }
                case Http2ResetFrame reset ->
                        outcome.complete(failed("stream was reset, code " + reset.errorCode()));
                default -> {}
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ReferenceCountUtil.release(message);
            outcome.complete(failed("stream ended before the answer"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            outcome.complete(failed(String.valueOf(failure.getMessage())));
        }

        private ProbeOutcome judge(Http2Headers trailers) {
            CharSequence code = trailers.get("grpc-status");
            if (code == null) {
                return failed("the answer has no grpc-status");
            }
            if (code.toString().equals(Integer.toString(UNIMPLEMENTED))) {
                return ProbeOutcome.failure(
                        "error: this server does not implement the grpc health protocol"
                                + " (grpc.health.v1.Health)");
            }
            if (!code.toString().equals("0")) {
                return failed(
                        "rpc error: code = " + code + " desc = " + trailers.get("grpc-message"));
            }
            int status = status();
            return status == SERVING
                    ? ProbeOutcome.SUCCESS
                    : ProbeOutcome.failure(
                            "service unhealthy (responded with \"%s\")".formatted(name(status)));
        }

        private int status() {
            if (message.readableBytes() <= PREFIX_LENGTH + 1) {
                return 0;
            }
            byte[] body = ByteBufUtil.getBytes(message.skipBytes(PREFIX_LENGTH));
            return body[0] == STATUS_FIELD ? body[1] : 0;
        }

        private static String name(int status) {
            return switch (status) {
                case 0 -> "UNKNOWN";
                case 2 -> "NOT_SERVING";
                case 3 -> "SERVICE_UNKNOWN";
                default -> Integer.toString(status);
            };
        }
    }
}
