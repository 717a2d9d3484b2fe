package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SpdyStreamsTest {
    private final Recording session = new Recording();
    private final EmbeddedChannel server = new EmbeddedChannel();
    private final EmbeddedChannel client =
            new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));

    private void open(RemoteStream... streams) {
        server.pipeline()
                .addLast(
                        new SpdyFrameCodec(SpdyVersion.SPDY_3_1),
                        new SpdyStreams(server, EnumSet.of(streams[0], streams), session));
        int id = 1;
        for (RemoteStream stream : streams) {
            DefaultSpdySynStreamFrame opened = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
            opened.headers().set("streamtype", stream.name().toLowerCase(Locale.ROOT));
            toServer(opened);
            id += 2;
        }
    }

    private void toServer(Object frame) {
        client.writeOutbound(frame);
        Object bytes;
        while ((bytes = client.readOutbound()) != null) {
            server.writeInbound(bytes);
        }
    }

    private List<Object> fromServer() {
        Object bytes;
        while ((bytes = server.readOutbound()) != null) {
            client.writeInbound(bytes);
        }
        List<Object> frames = new ArrayList<>();
        Object frame;
        while ((frame = client.readInbound()) != null) {
            frames.add(frame);
        }
        return frames;
    }

    @Test
    void beginsWhenAllStreamsAreThere() {
        open(RemoteStream.ERROR, RemoteStream.STDIN, RemoteStream.STDOUT);
        assertThat(session.channel).isNotNull();
        assertThat(fromServer()).hasSize(3).allMatch(SpdySynReplyFrame.class::isInstance);
    }

    @Test
    void carriesInputAndItsEnd() {
        open(RemoteStream.ERROR, RemoteStream.STDIN);
        toServer(new DefaultSpdyDataFrame(3, Unpooled.copiedBuffer("hi", StandardCharsets.UTF_8)));
        DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(3, Unpooled.EMPTY_BUFFER);
        last.setLast(true);
        toServer(last);
        assertThat(session.heard).containsExactly("input hi", "end");
    }

    @Test
    void endsWithTheStatusOnTheErrorStream() throws IOException {
        open(RemoteStream.ERROR, RemoteStream.STDOUT);
        RemoteChannel channel = Objects.requireNonNull(session.channel);
        channel.send(RemoteStream.STDOUT, "out".getBytes(StandardCharsets.UTF_8), 3);
        channel.finish(RemoteStatus.exit(7));
        List<Object> frames = fromServer();
        List<String> texts =
                frames.stream()
                        .filter(SpdyDataFrame.class::isInstance)
                        .map(SpdyDataFrame.class::cast)
                        .filter(frame -> frame.content().isReadable())
                        .map(frame ->
                                frame.streamId()
                                        + " "
                                        + frame.content().toString(StandardCharsets.UTF_8))
                        .toList();
        assertThat(texts.getFirst()).isEqualTo("3 out");
        assertThat(texts.getLast()).startsWith("1 ").contains("\"message\":\"7\"");
        assertThat(frames.getLast()).isInstanceOf(SpdyGoAwayFrame.class);
        assertThat(server.isOpen()).isFalse();
    }

    private static final class Recording implements RemoteSession {
        final List<String> heard = new ArrayList<>();
        @Nullable RemoteChannel channel;

        @Override
        public void onOpen(RemoteChannel opened) {
            channel = opened;
        }

        @Override
        public void onInput(byte[] bytes) {
            heard.add("input " + new String(bytes, StandardCharsets.UTF_8));
        }

        @Override
        public void onInputEnd() {
            heard.add("end");
        }

        @Override
        public void onResize(int columns, int rows) {
            heard.add("size " + columns + "x" + rows);
        }

        @Override
        public void onClose() {
            heard.add("close");
        }
    }
}
