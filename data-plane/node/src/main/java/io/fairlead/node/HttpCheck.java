package io.fairlead.node;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/// One GET whose answer's status code says how a container is. Follows redirects that stay on the same host; one that leads elsewhere
/// says nothing against the container.
final class HttpCheck {
    private static final int REDIRECTS_MAX = 10;

    private final Map<String, String> headers;
    private final Function<ChannelInitializer<Channel>, Bootstrap> client;
    private final Supplier<SslContext> tls;
    private final CompletableFuture<ProbeOutcome> outcome = new CompletableFuture<>();

    /// @param headers more than the usual ones, or instead of them
    /// @param client makes what connects with such a pipeline
    HttpCheck(
            Map<String, String> headers,
            Function<ChannelInitializer<Channel>, Bootstrap> client,
            Supplier<SslContext> tls) {
        this.headers = Map.copyOf(headers);
        this.client = client;
        this.tls = tls;
    }

    /// A path with what no URL may hold written as `%XX`; what is written so already stays.
    static String encoded(String path) {
        StringBuilder text = new StringBuilder();
        for (byte one : path.getBytes(StandardCharsets.UTF_8)) {
            if (one <= ' ' || one == 0x7f || "\"<>\\^`{|}".indexOf(one) >= 0) {
                text.append('%').append(HexFormat.of().withUpperCase().toHexDigits(one));
            } else {
                text.append((char) one);
            }
        }
        return text.toString();
    }

    /// To be called once.
    CompletableFuture<ProbeOutcome> get(String url) {
        get(url, 0);
        return outcome;
    }

    private void get(String url, int redirects) {
        URI target;
        try {
            target = URI.create(url);
        } catch (IllegalArgumentException e) {
            outcome.complete(ProbeOutcome.failure("Get \"" + url + "\": invalid URL"));
            return;
        }
        boolean isTls = "https".equals(target.getScheme());
        InetSocketAddress address =
                new InetSocketAddress(
                        unbracketed(target.getHost()),
                        target.getPort() >= 0 ? target.getPort() : isTls ? 443 : 80);
        Answer answer = new Answer(url, redirects);
        ChannelInitializer<Channel> pipeline =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (isTls) {
                            channel.pipeline().addLast(tls.get().newHandler(channel.alloc()));
                        }
                        channel.pipeline().addLast(new HttpClientCodec(), answer);
                    }
                };
        var _ =
                client.apply(pipeline)
                        .connect(address)
                        .addListener((ChannelFuture connected) -> {
                            if (connected.isSuccess()) {
                                Channel channel = connected.channel();
                                var _ = channel.writeAndFlush(request(target, address));
                                var _ =
                                        outcome.whenComplete((result, failure) -> {
                                            var _ = channel.close();
                                        });
                            } else {
                                outcome.complete(
                                        ProbeOutcome.failure(
                                                "Get \"%s\": dial tcp %s: %s"
                                                        .formatted(
                                                                url,
                                                                ProbeChecks.text(address),
                                                                ProbeChecks.why(
                                                                        connected.cause()))));
                            }
                        });
    }

    private DefaultFullHttpRequest request(URI target, InetSocketAddress address) {
        String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        String path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
        request.headers().set(HttpHeaderNames.HOST, ProbeChecks.text(address));
        request.headers().set(HttpHeaderNames.USER_AGENT, "kube-probe/1.36");
        request.headers().set(HttpHeaderNames.ACCEPT, "*/*");
        request.headers().set(HttpHeaderNames.CONNECTION, "close");
        headers.forEach((name, value) -> request.headers().set(name, value));
        return request;
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /// Waits for the head of the answer.
    private final class Answer extends SimpleChannelInboundHandler<HttpObject> {
        private final String url;
        private final int redirects;
        private boolean isFollowed;

        Answer(String url, int redirects) {
            this.url = url;
            this.redirects = redirects;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            if (!(message instanceof HttpResponse response) || isFollowed) {
                return;
            }
            int code = response.status().code();
            Optional<String> next = nextOnThisHost(response);
            if (message.decoderResult().isFailure()) {
                outcome.complete(
                        ProbeOutcome.failure("Get \"" + url + "\": malformed HTTP response"));
            } else if (next.isPresent() && redirects >= REDIRECTS_MAX) {
                outcome.complete(
                        ProbeOutcome.failure(
                                "Get \"%s\": stopped after %d redirects"
                                        .formatted(next.get(), REDIRECTS_MAX)));
            } else if (next.isPresent()) {
                isFollowed = true;
                get(next.get(), redirects + 1);
                var _ = context.close();
            } else if (code >= 200 && code < 400) {
                outcome.complete(ProbeOutcome.SUCCESS);
            } else {
                outcome.complete(
                        ProbeOutcome.failure("HTTP probe failed with statuscode: " + code));
            }
        }

        private Optional<String> nextOnThisHost(HttpResponse response) {
            String location = response.headers().get(HttpHeaderNames.LOCATION);
            if (location == null || response.status().code() / 100 != 3) {
                return Optional.empty();
            }
            try {
                URI here = URI.create(url);
                URI next = here.resolve(location);
                return here.getHost().equals(next.getHost())
                        ? Optional.of(next.toString())
                        : Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!isFollowed) {
                outcome.complete(ProbeOutcome.failure("Get \"" + url + "\": EOF"));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            if (!isFollowed) {
                outcome.complete(
                        ProbeOutcome.failure("Get \"" + url + "\": " + failure.getMessage()));
            }
            var _ = context.close();
        }
    }
}
