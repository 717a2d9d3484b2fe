package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Status;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;

/// A watch over WebSocket (RFC 6455): each event is one text message. Takes the place of [HttpExchange] on a connection of HTTP/1.1, for good.
/// Owned by its event loop.
///
/// What the client sends is not listened to, but for pings and the closing of the connection.
// Netty tells of failed writes and closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class WatchSocket extends SimpleChannelInboundHandler<WebSocketFrame> {
    private static final int FRAME_BYTES_MAX = 64 << 10;

    private final WatchStream stream;
    private EventFlow flow;

    @SuppressWarnings("NullAway.Init")
    private WatchSocket(WatchStream stream) {
        this.stream = stream;
    }

    /// Whether the request asks for WebSocket.
    static boolean isAskedFor(WireRequest request) {
        return request.header("Upgrade").equalsIgnoreCase("websocket")
                && request.headers().containsValue("Connection", HttpHeaderValues.UPGRADE, true);
    }

    /// Refuses a handshake that cannot be answered.
    ///
    /// @throws ApiException 400
    static void check(WireRequest request) {
        if (request.header("Sec-WebSocket-Key").isEmpty()) {
            throw new ApiException(Status.badRequest("the header Sec-WebSocket-Key is missing"));
        }
        String version = request.header("Sec-WebSocket-Version");
        if (!version.equals(WebSocketVersion.V13.toHttpHeaderValue())) {
            throw new ApiException(
                    Status.badRequest(
                            "WebSocket version \"%s\" is not served, only 13".formatted(version)));
        }
    }

    /// Answers the handshake and begins to send events.
    ///
    /// @param context of the handler that took the request, whose place this takes
    static void open(ChannelHandlerContext context, WireRequest request, WatchStream stream) {
        WatchSocket socket = new WatchSocket(stream);
        FullHttpRequest handshake = handshake(request);
        // An event is text in JSON whatever the client would like best, so its first choice will
        // do.
        WebSocketServerHandshaker handshaker =
                new WebSocketServerHandshakerFactory(request.uri(), "*", false, FRAME_BYTES_MAX)
                        .newHandshaker(handshake);
        context.pipeline().replace(context.handler(), "watch", socket);
        handshaker
                .handshake(context.channel(), handshake)
                .addListener(done -> {
                    if (done.isSuccess()) {
                        socket.flow.start();
                    } else {
                        context.channel().close();
                    }
                });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        flow =
                new EventFlow(
                        context,
                        stream,
                        event -> new TextWebSocketFrame(Unpooled.wrappedBuffer(event)),
                        () -> close(context, WebSocketCloseStatus.NORMAL_CLOSURE));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        flow.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        flow.close();
        super.channelInactive(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        flow.drain();
        super.channelWritabilityChanged(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        switch (frame) {
            case PingWebSocketFrame ping ->
                    context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            case CloseWebSocketFrame closing -> {
                flow.close();
                close(context, WebSocketCloseStatus.NORMAL_CLOSURE);
            }
            default -> {}
        }
    }

    private static void close(ChannelHandlerContext context, WebSocketCloseStatus status) {
        context.writeAndFlush(new CloseWebSocketFrame(status))
                .addListener(ChannelFutureListener.CLOSE);
    }

    private static FullHttpRequest handshake(WireRequest request) {
        return new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.GET,
                request.uri(),
                Unpooled.EMPTY_BUFFER,
                request.headers(),
                EmptyHttpHeaders.INSTANCE);
    }
}
