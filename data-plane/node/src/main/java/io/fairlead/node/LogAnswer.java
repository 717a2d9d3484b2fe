package io.fairlead.node;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
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
    private final LogForm form;
    private final ContainerLog log;
    private final LogQuery query;
    private final AtomicReference<@Nullable Thread> reader = new AtomicReference<>();

    LogAnswer(Channel channel, LogForm form, ContainerLog log, LogQuery query) {
        this.channel = channel;
        this.form = form;
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
        try (OutputStream out = new BufferedOutputStream(new Body(), BUFFER)) {
            for (Object head : form.head()) {
                ClientWrites.write(channel, head);
            }
            new LogReader(log, query, out).copy();
            out.flush();
            var _ = channel.writeAndFlush(form.end()).addListener(ChannelFutureListener.CLOSE);
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
                ClientWrites.write(channel, form.piece(bytes, offset, length));
            }
        }
    }
}
