package io.fairlead.node;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Sends a log as the answer to a request, for as long as it grows where the client follows it.
final class LogAnswer {
    private static final int BUFFER = 16 * 1024;

    private final Channel channel;
    private final ContainerLog log;
    private final LogQuery query;
    private final AtomicReference<@Nullable Thread> reader = new AtomicReference<>();

    LogAnswer(Channel channel, ContainerLog log, LogQuery query) {
        this.channel = channel;
        this.log = log;
        this.query = query;
    }

    void start(Executor tasks) {
        tasks.execute(this::run);
    }

    private void run() {
        reader.set(Thread.currentThread());
        // Whoever follows a silent log waits; the client's leaving must wake it.
        var _ =
                channel.closeFuture()
                        .addListener(closed -> {
                            Thread waiting = reader.get();
                            if (waiting != null) {
                                waiting.interrupt();
                            }
                        });
        DefaultHttpResponse head =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        try (OutputStream out = new BufferedOutputStream(new Body(), BUFFER)) {
            ClientWrites.write(channel, head);
            new LogReader(log, query, out).copy();
            out.flush();
            var _ =
                    channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                            .addListener(ChannelFutureListener.CLOSE);
        } catch (IOException | InterruptedException e) {
            // A shortened answer must not look whole: the connection ends without the last chunk.
            var _ = channel.close();
        } finally {
            reader.set(null);
        }
    }

    private final class Body extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > 0) {
                ClientWrites.write(
                        channel,
                        new DefaultHttpContent(Unpooled.copiedBuffer(bytes, offset, length)));
            }
        }
    }
}
