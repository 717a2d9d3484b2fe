package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The way to any API server for a process that follows much and asks little, such as a node's proxy. An event loop receives, decrypts, splits and reads
/// what comes, without handing it on in between, and makes no trees of members that nobody reads. Each request has a connection of its own, which ends
/// with it. Safe for use by many threads.
public final class NettyTransport implements Transport, AutoCloseable {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    private static final int HEAD_BYTES_MAX = 16 << 10;
    private static final int CHUNK_BYTES_MAX = 64 << 10;

    private final URI server;
    private final ApiAccess access;
    private final Set<String> unread;
    private final Optional<SslContext> security;
    private final EventLoopGroup loops;
    private final ChannelGroup channels;

    private NettyTransport(
            ApiAccess access,
            Set<String> unread,
            Optional<SslContext> security,
            EventLoopGroup loops) {
        this.server = access.way().server();
        this.access = access;
        this.unread = unread;
        this.security = security;
        this.loops = loops;
        this.channels = new DefaultChannelGroup(loops.next());
    }

    /// @param unread names of members that are left out of objects, wherever they are
    /// @param loops NIO event loops; the caller ends them
    /// @throws KubeconfigException when certificates or keys cannot be used
    public static NettyTransport open(ApiAccess access, Set<String> unread, EventLoopGroup loops) {
        Optional<SslContext> security =
                "https".equals(access.way().server().getScheme())
                        ? Optional.of(security(access.way()))
                        : Optional.empty();
        return new NettyTransport(access, Set.copyOf(unread), security, loops);
    }

    private static SslContext security(Kubeconfig.Access way) {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forClient()
                            .sslProvider(
                                    OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                            .trustManager(ClientIdentity.trustManagers(way.authorityPem())[0]);
            if (!way.certificatePem().isEmpty()) {
                builder.keyManager(ClientIdentity.keyManagers(way)[0]);
            }
            return builder.build();
        } catch (GeneralSecurityException | IOException e) {
            throw new KubeconfigException(
                    "the kubeconfig's certificates cannot be used: " + e.getMessage() + ".", e);
        }
    }

    public URI server() {
        return server;
    }

    @Override
    public JsonObject send(ApiRequest request) {
        Answer answer = new Answer();
        Channel channel = connect(request, answer);
        try {
            return awaited(answer.whole, ANSWER_WITHIN);
        } finally {
            var _ = channel.close();
        }
    }

    @Override
    public Watch watch(ApiRequest request, WatchListener listener) {
        Events events = new Events(listener);
        Channel channel = connect(request, events);
        awaited(events.opened, ANSWER_WITHIN).ifPresent(NettyTransport::refuse);
        return () -> {
            events.isUnwanted = true;
            var _ = channel.close();
        };
    }

    @Override
    public void close() {
        var _ = channels.close();
    }

    private static void refuse(Status status) {
        throw new ApiException(status);
    }

    /// Sends a request on a connection of its own.
    private Channel connect(ApiRequest request, Receiver receiver) {
        HttpRequest wire = wire(request);
        String host = server.getHost().replace("[", "").replace("]", "");
        int port = port();
        ChannelFuture connected =
                new Bootstrap()
                        .group(loops)
                        .channel(NioSocketChannel.class)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) CONNECT_WITHIN.toMillis())
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        ChannelPipeline pipeline = channel.pipeline();
                                        security.ifPresent(it ->
                                                pipeline.addLast(
                                                        it.newHandler(
                                                                channel.alloc(), host, port)));
                                        pipeline.addLast(
                                                new HttpClientCodec(
                                                        HEAD_BYTES_MAX,
                                                        HEAD_BYTES_MAX,
                                                        CHUNK_BYTES_MAX));
                                        pipeline.addLast(receiver);
                                    }
                                })
                        .connect(host, port);
        var _ =
                connected.addListener(done -> {
                    if (done.isSuccess()) {
                        channels.add(connected.channel());
                        var _ = connected.channel().writeAndFlush(wire);
                    } else {
                        receiver.failed(done.cause());
                    }
                });
        return connected.channel();
    }

    private int port() {
        if (server.getPort() >= 0) {
            return server.getPort();
        }
        return security.isPresent() ? 443 : 80;
    }

    private HttpRequest wire(ApiRequest request) {
        byte[] body = request.body().map(JsonWriter::bytes).orElse(new byte[0]);
        URI address = URI.create(WireForm.address(server, request));
        String target =
                address.getRawPath()
                        + (address.getRawQuery() == null ? "" : "?" + address.getRawQuery());
        DefaultFullHttpRequest wire =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1,
                        HttpMethod.valueOf(request.method().name()),
                        target,
                        Unpooled.wrappedBuffer(body));
        wire.headers()
                .set(HttpHeaderNames.HOST, server.getRawAuthority())
                .set(HttpHeaderNames.ACCEPT, ApiRequest.JSON)
                .set(HttpHeaderNames.USER_AGENT, "fairlead");
        String bearer = access.token().get();
        if (!bearer.isEmpty()) {
            wire.headers().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + bearer);
        }
        if (request.body().isPresent()) {
            wire.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, request.contentType())
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        return wire;
    }

    private <T> T awaited(CompletableFuture<T> future, Duration patience) {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiException refused) {
                throw refused;
            }
            throw failure(e.getCause());
        } catch (TimeoutException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException("interrupted while asking " + server, e);
        }
    }

    private TransportException failure(@Nullable Throwable cause) {
        String reason =
                cause == null || cause.getMessage() == null
                        ? String.valueOf(cause)
                        : cause.getMessage();
        return new TransportException(
                "%s does not answer (%s); is the cluster running?".formatted(server, reason),
                cause == null ? new IOException(reason) : cause);
    }

    /// Hears of one connection. Owned by its event loop.
    private abstract class Receiver extends SimpleChannelInboundHandler<HttpObject> {
        final Bytes bytes = new Bytes();
        int code;

        /// The connection, or what came on it, was no good; also called when it simply ends.
        abstract void failed(Throwable cause);

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            failed(new IOException("the connection was closed"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            failed(cause.getCause() != null ? cause.getCause() : cause);
            var _ = context.close();
        }

        JsonObject whole() {
            return WireForm.body(server, code, bytes.copy());
        }
    }

    /// One answer, whole.
    private final class Answer extends Receiver {
        private final CompletableFuture<JsonObject> whole = new CompletableFuture<>();

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse head) {
                code = head.status().code();
            }
            if (part instanceof HttpContent content) {
                bytes.add(content.content(), content.content().readableBytes());
                if (part instanceof LastHttpContent) {
                    if (code < 300) {
                        whole.complete(whole());
                    } else {
                        whole.completeExceptionally(new ApiException(Status.of(whole())));
                    }
                }
            }
        }

        @Override
        void failed(Throwable cause) {
            whole.completeExceptionally(cause);
        }
    }

    /// A stream of events, one a line.
    private final class Events extends Receiver {
        private final WatchListener listener;

        /// Empty once events flow, else why they do not.
        private final CompletableFuture<Optional<Status>> opened = new CompletableFuture<>();

        private volatile boolean isUnwanted;
        private boolean isOver;

        Events(WatchListener listener) {
            this.listener = listener;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse head) {
                code = head.status().code();
                if (code == 200) {
                    opened.complete(Optional.empty());
                }
            }
            if (part instanceof HttpContent content) {
                if (code == 200) {
                    lines(content.content());
                } else {
                    bytes.add(content.content(), content.content().readableBytes());
                }
                if (part instanceof LastHttpContent) {
                    if (code != 200) {
                        opened.complete(Optional.of(Status.of(whole())));
                    }
                    var _ = context.close();
                }
            }
        }

        private void lines(ByteBuf content) {
            while (content.isReadable() && !isUnwanted) {
                int length = content.bytesBefore((byte) '\n');
                if (length < 0) {
                    bytes.add(content, content.readableBytes());
                    return;
                }
                bytes.add(content, length);
                content.skipBytes(1);
                if (!bytes.isEmpty()) {
                    event(bytes.read(unread));
                }
            }
        }

        private void event(JsonObject event) {
            listener.onEvent(
                    WatchListener.EventType.valueOf(event.text("type")), event.object("object"));
        }

        @Override
        void failed(Throwable cause) {
            boolean wasOpen = !opened.completeExceptionally(cause);
            if (wasOpen && code == 200 && !isOver) {
                isOver = true;
                listener.onClose();
            }
        }
    }

    /// What came and was not read yet. Keeps its room, unless that has become large.
    private static final class Bytes {
        private static final int KEPT_MAX = 64 << 10;

        private byte[] room = new byte[4 << 10];
        private int length;

        boolean isEmpty() {
            return length == 0;
        }

        void add(ByteBuf from, int count) {
            if (length + count > room.length) {
                room = Arrays.copyOf(room, Math.max(length + count, 2 * room.length));
            }
            from.readBytes(room, length, count);
            length += count;
        }

        byte[] copy() {
            return Arrays.copyOf(room, length);
        }

        /// @throws JsonSyntaxException when it is no object; then the connection is of no use
        JsonObject read(Set<String> unread) {
            try {
                return JsonReader.readObject(room, 0, length, unread);
            } finally {
                length = 0;
                if (room.length > KEPT_MAX) {
                    room = new byte[4 << 10];
                }
            }
        }
    }
}
