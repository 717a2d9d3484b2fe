package io.fairlead.apiserver;

import io.fairlead.client.Dialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.GZIPInputStream;

/// Passes one request on to another server and its answer back, bodies as streams; after an upgrade (WebSocket, SPDY) bytes go both ways until either side ends.
/// Runs on the executor; the connection's event loop only moves buffers.
// Netty tells of failed writes and closes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class Forwarding {
    private static final int PIECE_BYTES = 16 << 10;
    private static final int UNREAD_PIECES_MAX = 64;

    // Connection is made anew for the backend; who the client is, is nobody else's business.
    private static final Set<String> OWN_HEADERS =
            Set.of(
                    "host",
                    "connection",
                    "keep-alive",
                    "transfer-encoding",
                    "content-length",
                    "upgrade",
                    "te",
                    "trailer",
                    "proxy-connection",
                    "expect",
                    "authorization",
                    "impersonate-user",
                    "impersonate-group",
                    "impersonate-uid",
                    "x-http2-stream-id",
                    "x-http2-scheme",
                    "x-http2-path",
                    "x-http2-stream-weight");

    private final ChannelHandlerContext context;
    private final Executor executor;
    private final Dialer dialer;

    Forwarding(ChannelHandlerContext context, Executor executor, Dialer dialer) {
        this.context = context;
        this.executor = executor;
        this.dialer = dialer;
    }

    /// The backend did not answer; nothing was told to the client yet.
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1;

        private final int code;

        NoAnswer(int code, String message, Throwable cause) {
            super(message, cause);
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /// @return whether the connection was upgraded, so that it carries no more requests
    boolean run(WireRequest request, Upstream upstream) throws NoAnswer {
        UpstreamConnection backend;
        UpstreamConnection.Head head;
        boolean wantsUpgrade = !request.header("Upgrade").isEmpty();
        try {
            backend = UpstreamConnection.open(upstream, dialer);
        } catch (IOException e) {
            throw noAnswer(upstream, e);
        }
        context.channel().closeFuture().addListener(closed -> close(backend));
        try {
            backend.send(
                    request.method(),
                    upstream,
                    headers(request, upstream, wantsUpgrade),
                    request.body());
            head = backend.readHead();
        } catch (IOException e) {
            close(backend);
            throw noAnswer(upstream, e);
        }
        if (head.code() == 101) {
            upgrade(backend, head);
            return true;
        }
        answer(request, upstream, backend, head);
        return false;
    }

    private static NoAnswer noAnswer(Upstream upstream, IOException cause) {
        boolean isNode = upstream.prefix().isEmpty() && upstream.identity().isEmpty();
        return isNode
                ? new NoAnswer(
                        500,
                        "Internal error occurred: error dialing backend: " + cause.getMessage(),
                        cause)
                : new NoAnswer(503, "error trying to reach service: " + cause.getMessage(), cause);
    }

    private void answer(
            WireRequest request,
            Upstream upstream,
            UpstreamConnection backend,
            UpstreamConnection.Head head) {
        boolean isPage =
                !upstream.prefix().isEmpty()
                        && head.header("Content-Type")
                                .toLowerCase(Locale.ROOT)
                                .startsWith("text/html")
                        && head.header("Content-Encoding").matches("|identity|gzip");
        boolean isPacked = isPage && head.header("Content-Encoding").equals("gzip");
        HtmlLinks links = new HtmlLinks(upstream.prefix(), upstream.address());
        HttpResponse response =
                new DefaultHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(head.code()));
        for (Map.Entry<String, String> header : head.headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.equals("location") && !upstream.prefix().isEmpty()) {
                response.headers().add(name, links.link(header.getValue()));
            } else if (!OWN_HEADERS.contains(name)
                    && !(isPacked && name.equals("content-encoding"))) {
                response.headers().add(name, header.getValue());
            }
        }
        boolean hasBody =
                !request.method().equals("HEAD") && head.code() != 204 && head.code() != 304;
        if (hasBody) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (!head.header("Content-Length").isEmpty()) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, head.header("Content-Length"));
        }
        context.writeAndFlush(response);
        try (backend;
                InputStream sent = backend.body(head, request.method());
                InputStream plain = isPacked && hasBody ? new GZIPInputStream(sent) : sent;
                InputStream body = isPage && hasBody ? links.rewritten(plain) : plain) {
            byte[] piece = new byte[PIECE_BYTES];
            for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
                if (!write(new DefaultHttpContent(copied(piece, read)))) {
                    return;
                }
            }
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        } catch (IOException e) {
            // The client must see that the body is not complete.
            context.close();
        }
    }

    private void upgrade(UpstreamConnection backend, UpstreamConnection.Head head) {
        StringBuilder text = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
        head.headers()
                .forEach(header ->
                        text.append(header.getKey())
                                .append(": ")
                                .append(header.getValue())
                                .append("\r\n"));
        text.append("\r\n");
        FromClient fromClient = new FromClient();
        context.executor()
                .execute(() -> {
                    var pipeline = context.pipeline();
                    pipeline.addLast("pipe", fromClient);
                    pipeline.remove("exchange");
                    pipeline.remove("body");
                    pipeline.remove("http");
                    context.channel()
                            .writeAndFlush(
                                    Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
                });
        executor.execute(() -> fromClient.pump(backend));
        try (backend) {
            byte[] piece = new byte[PIECE_BYTES];
            InputStream in = backend.in();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                ByteBuf buffer = copied(piece, read);
                if (!writeRaw(buffer)) {
                    break;
                }
            }
        } catch (IOException e) {
            // The backend broke off: so do we.
        }
        context.channel().close();
    }

    // The handler that wrote is gone from the pipeline after an upgrade, so raw bytes go through
    // the channel itself.
    private boolean writeRaw(ByteBuf buffer) {
        ChannelFuture written = context.channel().writeAndFlush(buffer);
        return context.channel().isWritable() || written.awaitUninterruptibly().isSuccess();
    }

    private boolean write(Object message) {
        ChannelFuture written = context.writeAndFlush(message);
        return context.channel().isWritable()
                ? context.channel().isActive()
                : written.awaitUninterruptibly().isSuccess();
    }

    private static ByteBuf copied(byte[] piece, int length) {
        return Unpooled.copiedBuffer(piece, 0, length);
    }

    private static void close(UpstreamConnection backend) {
        try {
            backend.close();
        } catch (IOException e) {
            // It is closed either way.
        }
    }

    private static List<Map.Entry<String, String>> headers(
            WireRequest request, Upstream upstream, boolean wantsUpgrade) {
        List<Map.Entry<String, String>> headers = new ArrayList<>(upstream.identity());
        for (Map.Entry<String, String> header : request.headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            // Nobody says for himself who he is.
            boolean isClaim =
                    name.startsWith("impersonate-extra-")
                            || (name.startsWith("x-remote-") && !upstream.identity().isEmpty());
            if (!OWN_HEADERS.contains(name) && !isClaim) {
                headers.add(header);
            }
        }
        headers.add(Map.entry("Connection", wantsUpgrade ? "Upgrade" : "close"));
        if (wantsUpgrade) {
            headers.add(Map.entry("Upgrade", request.header("Upgrade")));
        }
        return headers;
    }

    /// What the client sends after the upgrade: taken from the event loop, written by a thread of the executor.
    private static final class FromClient extends ChannelInboundHandlerAdapter {
        private static final byte[] END = new byte[0];

        private final BlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
        private volatile ChannelHandlerContext context;

        @SuppressWarnings("NullAway.Init")
        FromClient() {}

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        @Override
        public void channelRead(ChannelHandlerContext reading, Object message) {
            if (message instanceof ByteBuf buffer) {
                byte[] piece = new byte[buffer.readableBytes()];
                buffer.readBytes(piece);
                buffer.release();
                if (piece.length > 0) {
                    pieces.add(piece);
                }
                if (pieces.size() > UNREAD_PIECES_MAX) {
                    reading.channel().config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ended) {
            pieces.add(END);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext broken, Throwable cause) {
            broken.close();
        }

        void pump(UpstreamConnection backend) {
            try {
                // An empty piece is the end.
                for (byte[] piece = pieces.take(); piece.length > 0; piece = pieces.take()) {
                    backend.out().write(piece);
                    backend.out().flush();
                    if (pieces.isEmpty() && !context.channel().config().isAutoRead()) {
                        context.channel().config().setAutoRead(true);
                    }
                }
            } catch (IOException e) {
                context.channel().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            close(backend);
        }
    }
}
