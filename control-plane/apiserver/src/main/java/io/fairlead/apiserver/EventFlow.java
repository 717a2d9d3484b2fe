package io.fairlead.apiserver;

import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// Moves the events of one watch to its client, no faster than the client takes them. Owned by the connection's event loop.
// Netty tells of failed writes and closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class EventFlow {
    private final ChannelHandlerContext context;
    private final WatchStream stream;
    private final Function<byte[], Object> message;
    private final Runnable atEnd;
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private boolean isOver;

    /// @param message what carries the bytes of one event
    /// @param atEnd run once when the server ends the watch, after the last event; not when [#close] does
    EventFlow(
            ChannelHandlerContext context,
            WatchStream stream,
            Function<byte[], Object> message,
            Runnable atEnd) {
        this.context = context;
        this.stream = stream;
        this.message = message;
        this.atEnd = atEnd;
    }

    void start() {
        stream.start(() -> {
            if (isScheduled.compareAndSet(false, true)) {
                context.executor()
                        .execute(() -> {
                            isScheduled.set(false);
                            drain();
                        });
            }
        });
    }

    /// Writes what there is, until the client is busy with it.
    void drain() {
        if (isOver) {
            return;
        }
        boolean wrote = false;
        while (context.channel().isWritable()) {
            WatchStream.Event event = stream.poll();
            if (event == null) {
                break;
            }
            context.write(message.apply(stream.form().bytes(event)));
            wrote = true;
        }
        if (wrote) {
            context.flush();
        }
        if (stream.isExhausted()) {
            close();
            atEnd.run();
        }
    }

    /// The client is gone, or needs no more.
    void close() {
        if (!isOver) {
            isOver = true;
            stream.close();
        }
    }
}
