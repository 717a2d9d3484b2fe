package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Kubernetes' `channel.k8s.io`, `v4.channel.k8s.io` and `v5.channel.k8s.io`: streams over one WebSocket, each message beginning with its stream's number.
/// In version 5, number 255 closes the stream that the next byte names. The first version tells how it ended only when it went wrong, in plain words.
final class WebSocketStreams extends SimpleChannelInboundHandler<WebSocketFrame>
        implements RemoteChannel {
    static final String VERSION_5 = "v5.channel.k8s.io";
    static final String VERSION_4 = "v4.channel.k8s.io";
    static final String VERSION_1 = "channel.k8s.io";

    private static final int CLOSE = 255;
    private static final int NORMAL_CLOSURE = 1000;

    private final Channel channel;
    private final String version;
    private final RemoteSession session;

    /// @param version the one that was agreed on
    WebSocketStreams(Channel channel, String version, RemoteSession session) {
        this.channel = channel;
        this.version = version;
        this.session = session;
    }

    @Override
    public void send(RemoteStream stream, byte[] bytes, int count) throws IOException {
        ByteBuf message = channel.alloc().buffer(count + 1);
        message.writeByte(stream.ordinal()).writeBytes(bytes, 0, count);
        ClientWrites.write(channel, new BinaryWebSocketFrame(message));
    }

    @Override
    public void finish(JsonObject status) {
        byte[] told =
                version.equals(VERSION_1)
                        ? status.text("message").getBytes(StandardCharsets.UTF_8)
                        : JsonWriter.bytes(status);
        if (told.length > 0) {
            ByteBuf message =
                    Unpooled.wrappedBuffer(new byte[] {(byte) RemoteStream.ERROR.ordinal()}, told);
            var _ = channel.write(new BinaryWebSocketFrame(message));
        }
        var _ =
                channel.writeAndFlush(new CloseWebSocketFrame(NORMAL_CLOSURE, ""))
                        .addListener(sent -> {
                            var _ = channel.close();
                        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        switch (frame) {
            case CloseWebSocketFrame close -> {
                var _ =
                        context.writeAndFlush(close.retain())
                                .addListener(sent -> {
                                    var _ = channel.close();
                                });
            }
            case PingWebSocketFrame ping -> {
                var _ = context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            }
            case PongWebSocketFrame ignored -> {
                // Nothing waits for it.
            }
            default -> onMessage(frame.content());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        session.onClose();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        var _ = context.close();
    }

    private void onMessage(ByteBuf message) {
        if (!message.isReadable()) {
            return;
        }
        int number = message.readUnsignedByte();
        if (number == CLOSE) {
            boolean isInput =
                    message.isReadable()
                            && message.readUnsignedByte() == RemoteStream.STDIN.ordinal();
            if (isInput) {
                session.onInputEnd();
            }
            return;
        }
        byte[] bytes = new byte[message.readableBytes()];
        message.readBytes(bytes);
        Optional<RemoteStream> stream = RemoteStream.numbered(number);
        if (stream.isPresent() && bytes.length > 0) {
            deliver(stream.get(), bytes, session);
        }
    }

    /// What a client sent on one of its streams.
    static void deliver(RemoteStream stream, byte[] bytes, RemoteSession session) {
        switch (stream) {
            case STDIN -> session.onInput(bytes);
            case RESIZE -> {
                try {
                    Json size = JsonReader.read(bytes);
                    session.onResize((int) size.number(0, "Width"), (int) size.number(0, "Height"));
                } catch (JsonSyntaxException e) {
                    // A size that cannot be read changes nothing.
                    return;
                }
            }
            case STDOUT, STDERR, ERROR -> {
                // These lead to the client only.
            }
        }
    }
}
