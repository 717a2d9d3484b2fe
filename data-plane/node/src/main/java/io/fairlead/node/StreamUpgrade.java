package io.fairlead.node;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.MessageToMessageDecoder;
import io.netty.handler.codec.MessageToMessageEncoder;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns an HTTP connection into one of streams, in whichever protocol the client asks for. Runs on the event loop of the connection.
final class StreamUpgrade {
    private static final String SPDY = "spdy/3.1";
    private static final String STREAM_VERSION = "X-Stream-Protocol-Version";
    private static final String PORT_FORWARD = "portforward.k8s.io";
    private static final String TUNNELLED_PORT_FORWARD = "SPDY/3.1+" + PORT_FORWARD;
    private static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

    private StreamUpgrade() {}

    /// @param present the handler that this replaces
    /// @return false when the client asks for no protocol that is known; nothing has been sent then
    static boolean ofSession(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Set<RemoteStream> streams,
            RemoteSession session,
            ChannelHandler present) {
        String protocol = protocol(request);
        if (protocol.equals("websocket")) {
            String versions =
                    String.join(
                            ",",
                            WebSocketStreams.VERSION_5,
                            WebSocketStreams.VERSION_4,
                            WebSocketStreams.VERSION_1);
            WebSocketStreams handler =
                    new WebSocketStreams(context.channel(), agreed(request, versions), session);
            return toWebSocket(
                    context, request, versions, present, () -> session.onOpen(handler), handler);
        }
        boolean speaks =
                protocol.equals(SPDY)
                        && request.headers().getAll(STREAM_VERSION).contains(SpdyStreams.VERSION_4);
        if (!speaks) {
            return false;
        }
        toSpdy(context, SpdyStreams.VERSION_4);
        context.pipeline().addLast(new SpdyStreams(context.channel(), streams, session));
        context.pipeline().remove(present);
        return true;
    }

    /// Whether a log is to be sent as messages.
    static boolean isWebSocket(FullHttpRequest request) {
        return protocol(request).equals("websocket");
    }

    /// @param onOpen told in which form the log is to be sent
    static boolean ofLog(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Consumer<LogForm> onOpen,
            ChannelHandler present) {
        String asked = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
        boolean isText = asked.contains(LogForm.BASE64);
        String versions = isText ? LogForm.BASE64 : asked.isEmpty() ? "" : LogForm.BINARY;
        return toWebSocket(
                context,
                request,
                versions,
                present,
                () -> onOpen.accept(isText ? LogForm.BASE64_MESSAGES : LogForm.MESSAGES),
                new LogForm.Listener());
    }

    /// @param ports serves the streams of forwarded ports
    static boolean ofPorts(
            ChannelHandlerContext context,
            FullHttpRequest request,
            ChannelHandler ports,
            ChannelHandler present) {
        String protocol = protocol(request);
        if (protocol.equals("websocket")) {
            return toWebSocket(
                    context,
                    request,
                    TUNNELLED_PORT_FORWARD,
                    present,
                    () -> {},
                    new CombinedChannelDuplexHandler<>(new FromMessages(), new ToMessages()),
                    new SpdyFrameCodec(SpdyVersion.SPDY_3_1),
                    ports);
        }
        if (!protocol.equals(SPDY)) {
            return false;
        }
        toSpdy(context, PORT_FORWARD);
        context.pipeline().addLast(ports);
        context.pipeline().remove(present);
        return true;
    }

    private static String protocol(FullHttpRequest request) {
        String upgrade = request.headers().get(HttpHeaderNames.UPGRADE);
        return upgrade == null ? "" : upgrade.toLowerCase(Locale.ROOT);
    }

    private static void toSpdy(ChannelHandlerContext context, String version) {
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        answer.headers().set(HttpHeaderNames.UPGRADE, "SPDY/3.1");
        answer.headers().set(HttpHeaderNames.CONNECTION, "Upgrade");
        answer.headers().set(STREAM_VERSION, version);
        var _ = context.writeAndFlush(answer);
        ChannelPipeline pipeline = context.pipeline();
        pipeline.remove(HttpObjectAggregator.class);
        pipeline.replace(HttpServerCodec.class, "spdy", new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    }

    /// The first sub-protocol that is asked for and known; empty for none.
    private static String agreed(FullHttpRequest request, String versions) {
        String asked = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
        return Stream.of(asked.split("\\s*,\\s*"))
                .filter(List.of(versions.split(","))::contains)
                .findFirst()
                .orElse("");
    }

    private static boolean toWebSocket(
            ChannelHandlerContext context,
            FullHttpRequest request,
            String versions,
            ChannelHandler present,
            Runnable onOpen,
            ChannelHandler... handlers) {
        @Nullable WebSocketServerHandshaker handshaker =
                new WebSocketServerHandshakerFactory(
                                "", versions.isEmpty() ? null : versions, false, MESSAGE_BYTES_MAX)
                        .newHandshaker(request);
        boolean isKnown = versions.isEmpty() || !agreed(request, versions).isEmpty();
        if (handshaker == null || !isKnown) {
            return false;
        }
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addLast(new WebSocketFrameAggregator(MESSAGE_BYTES_MAX));
        pipeline.addLast(handlers);
        var _ =
                handshaker
                        // From here, not from the end of the pipeline, whose codecs know no HTTP.
                        .handshake(context, request)
                        .addListener(done -> {
                            if (done.isSuccess()) {
                                onOpen.run();
                            }
                        });
        pipeline.remove(present);
        return true;
    }

    /// The bytes that a client tunnels.
    private static final class FromMessages extends MessageToMessageDecoder<WebSocketFrame> {
        FromMessages() {
            super(WebSocketFrame.class);
        }

        @Override
        protected void decode(
                ChannelHandlerContext context, WebSocketFrame frame, List<Object> out) {
            switch (frame) {
                case BinaryWebSocketFrame data -> out.add(data.content().retain());
                case ContinuationWebSocketFrame data -> out.add(data.content().retain());
                case CloseWebSocketFrame ignored -> {
                    var _ = context.close();
                }
                default -> {
                    // Nothing else carries bytes.
                }
            }
        }
    }

    /// The bytes that go back through the tunnel.
    private static final class ToMessages extends MessageToMessageEncoder<ByteBuf> {
        ToMessages() {
            super(ByteBuf.class);
        }

        @Override
        protected void encode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
            out.add(new BinaryWebSocketFrame(bytes.retain()));
        }
    }
}
