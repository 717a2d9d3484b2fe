package io.fairlead.apiserver;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Ends connections whose clients are slow to say what they want, or that nobody uses: a head must be whole in half a minute, a body within the time of a request.
/// Stands behind the codec, for one connection or one HTTP/2 stream. Owned by its event loop.
// Netty tells of failed closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class ConnectionTimes extends ChannelDuplexHandler {
    static final Duration HEAD = Duration.ofSeconds(32);
    static final Duration IDLE = Duration.ofSeconds(90);

    private final Duration head;
    private final Duration idle;
    private final Duration body;
    private Phase phase = Phase.HEAD;
    private @Nullable ScheduledFuture<?> due;

    private enum Phase {
        /// Between requests.
        IDLE,
        /// Something of a request has come.
        HEAD,
        BODY,
        /// It is the server's turn, or the connection is no longer HTTP's.
        ANSWER
    }

    ConnectionTimes(Duration head, Duration idle, Duration body) {
        this.head = head;
        this.idle = idle;
        this.body = body;
    }

    /// Stands before the codec and hears the first byte of a request.
    ChannelInboundHandlerAdapter arrivals() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message)
                    throws Exception {
                if (phase == Phase.IDLE) {
                    enter(context, Phase.HEAD);
                }
                super.channelRead(context, message);
            }
        };
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        enter(context, Phase.HEAD);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        enter(context, Phase.ANSWER);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        enter(context, Phase.ANSWER);
        super.channelInactive(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof HttpRequest) {
            enter(context, Phase.BODY);
        }
        if (message instanceof LastHttpContent) {
            enter(context, Phase.ANSWER);
        }
        super.channelRead(context, message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
            throws Exception {
        boolean isUpgrade =
                message instanceof HttpResponse response
                        && response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
        boolean isInterim =
                message instanceof HttpResponse response
                        && response.status().equals(HttpResponseStatus.CONTINUE);
        if (message instanceof LastHttpContent && !isUpgrade && !isInterim) {
            enter(context, Phase.IDLE);
        }
        super.write(context, message, promise);
    }

    private void enter(ChannelHandlerContext context, Phase next) {
        phase = next;
        if (due != null) {
            due.cancel(false);
            due = null;
        }
        Duration limit =
                switch (next) {
                    case IDLE -> idle;
                    case HEAD -> head;
                    case BODY -> body;
                    case ANSWER -> Duration.ZERO;
                };
        if (!limit.isZero() && context.channel().isActive()) {
            due =
                    context.executor()
                            .schedule(
                                    () -> context.close(), limit.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
