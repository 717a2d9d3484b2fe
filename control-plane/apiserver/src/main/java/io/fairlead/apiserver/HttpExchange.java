package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The last handler of a connection, or of an HTTP/2 stream: requests go out to the executor, answers come back to the event loop. One request at a time; what
/// a client pipelines waits. Owned by its event loop.
// Netty tells of failed writes and closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpExchange extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final int PIPELINED_MAX = 16;
    private static final Status TOO_LATE =
            new Status(
                    504,
                    "Timeout",
                    "Timeout: request did not complete within requested timeout - context deadline"
                            + " exceeded",
                    JsonObject.EMPTY);

    private final HttpRequests requests;
    private final Channel connection;
    private final Executor executor;
    private final Deque<WireRequest> waiting = new ArrayDeque<>();
    private final Duration timeout;
    private boolean isBusy;
    private @Nullable EventFlow flow;

    /// @param connection the channel that holds the TLS session
    /// @param timeout how long a request may take that is no stream
    HttpExchange(HttpRequests requests, Channel connection, Executor executor, Duration timeout) {
        this.timeout = timeout;
        this.requests = requests;
        this.connection = connection;
        this.executor = executor;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        WireRequest wire =
                new WireRequest(
                        request.method().name(),
                        request.uri(),
                        request.headers(),
                        ByteBufUtil.getBytes(request.content()),
                        HttpUtil.isKeepAlive(request),
                        connection);
        if (request.decoderResult().isFailure()) {
            context.close();
        } else if (!isBusy) {
            begin(context, wire);
        } else if (waiting.size() < PIPELINED_MAX) {
            waiting.add(wire);
        } else {
            context.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        closeWatch();
        super.channelInactive(context);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        closeWatch();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        if (flow != null) {
            flow.drain();
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(Level.DEBUG, "connection " + context.channel(), cause);
        context.close();
    }

    private void begin(ChannelHandlerContext context, WireRequest request) {
        isBusy = true;
        Turn turn = new Turn();
        turn.due =
                requests.isStream(request)
                        ? null
                        : context.executor()
                                .schedule(
                                        () -> giveUp(context, request, turn),
                                        timeout.toMillis(),
                                        TimeUnit.MILLISECONDS);
        try {
            executor.execute(() -> run(context, request, turn));
        } catch (RejectedExecutionException e) {
            context.close();
        }
    }

    /// One request's time. Owned by the event loop.
    private static final class Turn {
        private @Nullable ScheduledFuture<?> due;
        private boolean isOver;

        /// Whether the answer comes in time; it is the only one then.
        boolean end() {
            if (due != null) {
                due.cancel(false);
            }
            boolean isFirst = !isOver;
            isOver = true;
            return isFirst;
        }
    }

    private void giveUp(ChannelHandlerContext context, WireRequest request, Turn turn) {
        if (turn.end()) {
            send(context, request, requests.failure(request, new ApiException(TOO_LATE)));
        }
    }

    // On the executor from here …
    private void run(ChannelHandlerContext context, WireRequest request, Turn turn) {
        HttpRequests.Outcome outcome;
        try {
            if (isUpgrade(context, request)) {
                WatchSocket.check(request);
            }
            outcome = requests.handle(request);
        } catch (ApiException e) {
            outcome = requests.failure(request, e);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, request.method() + " " + request.uri(), e);
            outcome = requests.failure(request, e);
        }
        switch (outcome) {
            case HttpRequests.Whole whole ->
                    context.executor()
                            .execute(() -> {
                                if (turn.end()) {
                                    send(context, request, whole);
                                }
                            });
            case HttpRequests.Watching watching ->
                    context.executor()
                            .execute(() -> {
                                if (turn.end()) {
                                    stream(context, request, watching);
                                } else {
                                    watching.stream().close();
                                }
                            });
            case HttpRequests.Forwarded forwarded -> forward(context, request, forwarded);
        }
    }

    private void forward(
            ChannelHandlerContext context, WireRequest request, HttpRequests.Forwarded forwarded) {
        try {
            boolean upgraded =
                    new Forwarding(context, executor, requests.dialer())
                            .run(request, forwarded.upstream());
            if (!upgraded) {
                context.executor().execute(() -> finish(context, request.isKeepAlive()));
            }
        } catch (Forwarding.NoAnswer e) {
            HttpRequests.Whole whole =
                    requests.failure(
                            request,
                            new ApiException(
                                    new Status(
                                            e.code(),
                                            e.code() == 503
                                                    ? "ServiceUnavailable"
                                                    : "InternalError",
                                            String.valueOf(e.getMessage()),
                                            JsonObject.EMPTY)));
            context.executor().execute(() -> send(context, request, whole));
        }
    }

    // … and on the event loop again.
    private void send(
            ChannelHandlerContext context, WireRequest request, HttpRequests.Whole whole) {
        boolean isHead = request.method().equals(HttpMethod.HEAD.name());
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(whole.code()),
                        isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(whole.body()));
        whole.headers()
                .forEach(header -> response.headers().add(header.getKey(), header.getValue()));
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, whole.body().length);
        if (!request.isKeepAlive()) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        context.writeAndFlush(response);
        finish(context, request.isKeepAlive());
    }

    private void finish(ChannelHandlerContext context, boolean isKeptAlive) {
        isBusy = false;
        if (!isKeptAlive) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        WireRequest next = waiting.poll();
        if (next != null) {
            begin(context, next);
        }
    }

    private void stream(
            ChannelHandlerContext context, WireRequest request, HttpRequests.Watching watching) {
        if (!context.channel().isActive()) {
            watching.stream().close();
            return;
        }
        if (isUpgrade(context, request)) {
            WatchSocket.open(context, request, watching.stream());
            return;
        }
        HttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        watching.headers()
                .forEach(header -> response.headers().add(header.getKey(), header.getValue()));
        response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        context.writeAndFlush(response);
        EventFlow opened =
                new EventFlow(
                        context,
                        watching.stream(),
                        event -> new DefaultHttpContent(Unpooled.wrappedBuffer(event)),
                        () -> end(context));
        flow = opened;
        opened.start();
    }

    // HTTP/2 has no upgrades.
    private boolean isUpgrade(ChannelHandlerContext context, WireRequest request) {
        return context.channel().equals(connection) && WatchSocket.isAskedFor(request);
    }

    private void end(ChannelHandlerContext context) {
        flow = null;
        context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                .addListener(done -> finish(context, true));
    }

    private void closeWatch() {
        EventFlow open = flow;
        flow = null;
        if (open != null) {
            open.close();
        }
    }
}
