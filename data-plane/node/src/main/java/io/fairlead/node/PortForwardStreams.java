package io.fairlead.node;

import io.fairlead.linux.NetworkNamespace;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Forwards ports into a pod: for each connection the client opens a stream for errors and one for data, both with the same
/// `requestID`; the data goes to the port on the pod's loopback. One for each connection of a client; runs on its event loop.
final class PortForwardStreams extends SimpleChannelInboundHandler<SpdyFrame> {
    private final Sandbox sandbox;
    private final Map<String, Integer> errorStreams = new HashMap<>();
    private final Map<Integer, Forward> forwards = new HashMap<>();

    PortForwardStreams(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
        switch (frame) {
            case SpdySynStreamFrame opened -> onStream(context, opened);
            case SpdyDataFrame data -> {
                Forward forward = forwards.get(data.streamId());
                if (forward != null) {
                    forward.fromClient(data.content().retain());
                    if (data.isLast()) {
                        forward.endOfClient();
                    }
                }
            }
            case SpdyPingFrame ping -> {
                var _ = context.writeAndFlush(ping);
            }
            case SpdyRstStreamFrame reset -> {
                Forward forward = forwards.remove(reset.streamId());
                if (forward != null) {
                    forward.close();
                }
            }
            default -> {
                // Settings and windows mean nothing here.
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        forwards.values().forEach(Forward::close);
        forwards.clear();
    }

    /// A client that reads slowly slows down the pods it reads from.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        boolean isWritable = context.channel().isWritable();
        forwards.values().forEach(forward -> forward.setReading(isWritable));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        var _ = context.close();
    }

    private void onStream(ChannelHandlerContext context, SpdySynStreamFrame opened) {
        String type = String.valueOf(opened.headers().get("streamtype"));
        String request = String.valueOf(opened.headers().get("requestid"));
        var _ = context.writeAndFlush(SpdyStreams.replyTo(opened));
        if (type.equals("error")) {
            errorStreams.put(request, opened.streamId());
            return;
        }
        Integer errorStream = errorStreams.remove(request);
        int port = port(String.valueOf(opened.headers().get("port")));
        Forward forward =
                new Forward(
                        context, opened.streamId(), errorStream == null ? 0 : errorStream, port);
        forwards.put(opened.streamId(), forward);
        forward.open();
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port > 0 && port < 65_536 ? port : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /// One connection.
    private final class Forward extends ChannelInboundHandlerAdapter {
        private final ChannelHandlerContext client;
        private final int dataStream;
        private final int errorStream;
        private final int port;
        private final List<ByteBuf> early = new ArrayList<>();
        private @Nullable Channel pod;
        private boolean isClientDone;
        private boolean isPodDone;

        Forward(ChannelHandlerContext client, int dataStream, int errorStream, int port) {
            this.client = client;
            this.dataStream = dataStream;
            this.errorStream = errorStream;
            this.port = port;
        }

        void open() {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            NetworkNamespace namespace = NetworkNamespace.open(sandbox.namespace());
            var _ =
                    new Bootstrap()
                            .group(client.channel().eventLoop())
                            .channelFactory(
                                    () -> new NioSocketChannel(namespace.openSocketChannel()))
                            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                            .handler(this)
                            .connect(address)
                            .addListener((ChannelFuture connected) -> {
                                namespace.close();
                                onConnected(connected);
                            });
        }

        void fromClient(ByteBuf bytes) {
            if (pod == null) {
                early.add(bytes);
            } else {
                var _ = pod.writeAndFlush(bytes);
            }
        }

        void endOfClient() {
            isClientDone = true;
            if (pod instanceof SocketChannel socket && early.isEmpty()) {
                var _ = socket.shutdownOutput();
            }
        }

        void setReading(boolean isWanted) {
            if (pod != null) {
                pod.config().setAutoRead(isWanted);
            }
        }

        void close() {
            early.forEach(ByteBuf::release);
            early.clear();
            if (pod != null) {
                var _ = pod.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var _ = client.writeAndFlush(new DefaultSpdyDataFrame(dataStream, (ByteBuf) message));
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                finish();
                if (isClientDone) {
                    close();
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            finish();
            forwards.remove(dataStream);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            var _ = context.close();
        }

        private void onConnected(ChannelFuture connected) {
            if (!connected.isSuccess()) {
                fail(String.valueOf(connected.cause().getMessage()));
                return;
            }
            pod = connected.channel();
            early.forEach(bytes -> {
                var _ = pod.write(bytes);
            });
            early.clear();
            pod.flush();
            if (isClientDone) {
                endOfClient();
            }
        }

        private void fail(String why) {
            String message =
                    "error forwarding port %d to pod: failed to connect to localhost:%d inside the pod: %s"
                            .formatted(port, port, why);
            if (errorStream != 0) {
                ByteBuf text = Unpooled.copiedBuffer(message, StandardCharsets.UTF_8);
                var _ = client.write(new DefaultSpdyDataFrame(errorStream, text));
            }
            finish();
            forwards.remove(dataStream);
            close();
        }

        /// Nothing more comes from the pod.
        private void finish() {
            if (isPodDone) {
                return;
            }
            isPodDone = true;
            for (int stream : new int[] {dataStream, errorStream}) {
                if (stream != 0) {
                    SpdyDataFrame last = new DefaultSpdyDataFrame(stream, Unpooled.EMPTY_BUFFER);
                    last.setLast(true);
                    var _ = client.write(last);
                }
            }
            client.flush();
        }
    }
}
