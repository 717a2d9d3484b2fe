package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrpcHealthTest {
    private static final String SERVING = "0801";
    private static final String NOT_SERVING = "0802";

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void end() {
        loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aServingServerIsHealthy() {
        assertThat(ask("", new HealthServer(SERVING, "0"))).isEqualTo(ProbeOutcome.SUCCESS);
    }

    @Test
    void aServerThatDoesNotServeIsNot() {
        assertThat(ask("", new HealthServer(NOT_SERVING, "0")).message())
                .isEqualTo("service unhealthy (responded with \"NOT_SERVING\")");
    }

    @Test
    void asksForTheServiceThatTheProbeNames() {
        HealthServer server = new HealthServer(SERVING, "0");
        assertThat(ask("web", server)).isEqualTo(ProbeOutcome.SUCCESS);
        assertThat(server.question).isEqualTo("00000000050a03776562");
    }

    @Test
    void tellsWhenThereIsNoSuchProtocol() {
        assertThat(ask("", new HealthServer("", "12")).message())
                .contains("does not implement the grpc health protocol");
    }

    @Test
    void failsWhereNobodyListens() {
        GrpcHealth health =
                new GrpcHealth(
                        "",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                        Duration.ofSeconds(5));
        assertThat(health.check(client(health)).join().message())
                .startsWith("timeout: failed to connect service");
    }

    private ProbeOutcome ask(String service, HealthServer server) {
        Channel listening =
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(server)
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .syncUninterruptibly()
                        .channel();
        try {
            GrpcHealth health =
                    new GrpcHealth(
                            service,
                            (InetSocketAddress) listening.localAddress(),
                            Duration.ofSeconds(5));
            return health.check(client(health)).join();
        } finally {
            listening.close().syncUninterruptibly();
        }
    }

    private Bootstrap client(GrpcHealth health) {
        return new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(health.initializer());
    }

    /// Answers one call with a message, given in hexadecimal, and a status.
    private static final class HealthServer extends ChannelInitializer<Channel> {
        private final String message;
        private final String status;
        private volatile String question = "";

        HealthServer(String message, String status) {
            this.message = message;
            this.status = status;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(
                            Http2FrameCodecBuilder.forServer().build(),
                            new Http2MultiplexHandler(
                                    new ChannelInitializer<>() {
                                        @Override
                                        protected void initChannel(Channel stream) {
                                            stream.pipeline().addLast(new Call());
                                        }
                                    }));
        }

        private final class Call extends SimpleChannelInboundHandler<Http2StreamFrame> {
            @Override
            protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
                if (frame instanceof Http2DataFrame data && data.isEndStream()) {
                    question = ByteBufUtil.hexDump(data.content());
                    Http2Headers head =
                            new DefaultHttp2Headers()
                                    .status("200")
                                    .set("content-type", "application/grpc");
                    var _ = context.write(new DefaultHttp2HeadersFrame(head));
                    byte[] body = HexFormat.of().parseHex(message);
                    var _ =
                            context.write(
                                    new DefaultHttp2DataFrame(
                                            Unpooled.buffer()
                                                    .writeByte(0)
                                                    .writeInt(body.length)
                                                    .writeBytes(body)));
                    Http2Headers trailers = new DefaultHttp2Headers().set("grpc-status", status);
                    var _ = context.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
                }
            }
        }
    }
}
