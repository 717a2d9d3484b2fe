package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A remote command over SPDY/3.1: the client opens one SPDY stream for each of the command's streams, then the session begins.
///
/// Kubernetes' SPDY clients know nothing of flow control, so none is done here.
final class SpdyStreams extends SimpleChannelInboundHandler<SpdyFrame> implements RemoteChannel {
    static final String VERSION_4 = "v4.channel.k8s.io";

    private static final String STREAM_TYPE = "streamtype";

    private final Channel channel;
    private final Set<RemoteStream> expected;
    private final RemoteSession session;
    private final Map<Integer, RemoteStream> byId = new HashMap<>();
    private final Map<RemoteStream, Integer> ids = new EnumMap<>(RemoteStream.class);
    private boolean isOpen;

    SpdyStreams(Channel channel, Set<RemoteStream> expected, RemoteSession session) {
        this.channel = channel;
        this.expected = expected;
        this.session = session;
    }

    @Override
    public void send(RemoteStream stream, byte[] bytes, int count) throws IOException {
        Integer id = ids.get(stream);
        if (id != null) {
            ByteBuf data = Unpooled.copiedBuffer(bytes, 0, count);
            ClientWrites.write(channel, new DefaultSpdyDataFrame(id, data));
        }
    }

    @Override
    public void finish(JsonObject status) {
        Integer error = ids.get(RemoteStream.ERROR);
        if (error != null) {
            ByteBuf data = Unpooled.wrappedBuffer(JsonWriter.bytes(status));
            var _ = channel.write(new DefaultSpdyDataFrame(error, data));
        }
        byId.forEach((id, stream) -> {
            SpdyDataFrame last = new DefaultSpdyDataFrame(id, Unpooled.EMPTY_BUFFER);
            last.setLast(true);
            var _ = channel.write(last);
        });
        var _ =
                channel.writeAndFlush(new DefaultSpdyGoAwayFrame(0))
                        .addListener(sent -> {
                            var _ = channel.close();
                        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
        switch (frame) {
            case SpdySynStreamFrame opened -> onStream(context, opened);
            case SpdyDataFrame data -> onData(data);
            case SpdyPingFrame ping -> {
                var _ = context.writeAndFlush(ping);
            }
            case SpdyRstStreamFrame reset -> {
                if (byId.get(reset.streamId()) == RemoteStream.STDIN) {
                    session.onInputEnd();
                }
            }
            case SpdyGoAwayFrame ignored -> {
                // The connection's end follows.
            }
            default -> {
                // Settings and windows mean nothing here.
            }
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

    private void onStream(ChannelHandlerContext context, SpdySynStreamFrame opened) {
        String type = String.valueOf(opened.headers().get(STREAM_TYPE));
        Optional<RemoteStream> stream = RemoteStream.named(type);
        if (stream.isEmpty()) {
            var _ = context.close();
            return;
        }
        byId.put(opened.streamId(), stream.get());
        ids.put(stream.get(), opened.streamId());
        var _ = context.writeAndFlush(replyTo(opened));
        if (!isOpen && ids.keySet().containsAll(expected)) {
            isOpen = true;
            session.onOpen(this);
        }
    }

    private void onData(SpdyDataFrame data) {
        RemoteStream stream = byId.get(data.streamId());
        if (stream == null) {
            return;
        }
        byte[] bytes = new byte[data.content().readableBytes()];
        data.content().readBytes(bytes);
        if (bytes.length > 0) {
            WebSocketStreams.deliver(stream, bytes, session);
        }
        if (data.isLast() && stream == RemoteStream.STDIN) {
            session.onInputEnd();
        }
    }

    /// The answer that accepts a stream. It repeats the stream's headers: without any, the codec writes no header block at all, not
    /// even a count of zero, which other implementations wait for.
    static SpdySynReplyFrame replyTo(SpdySynStreamFrame opened) {
        SpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(opened.streamId());
        opened.headers().forEach(header -> reply.headers().add(header.getKey(), header.getValue()));
        return reply;
    }
}
