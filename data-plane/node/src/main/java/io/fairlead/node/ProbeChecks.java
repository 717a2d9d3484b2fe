package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.linux.NetworkNamespace;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Carries out probes and the network kinds of hooks, from the node's own network namespace.
///
/// Safe for use by many threads. Nothing waits: outcomes come later.
final class ProbeChecks {
    private static final int OUTPUT_MAX = 10 * 1024;

    private final EventLoopGroup loops;
    private final NetworkNamespace node;
    private final Executor tasks;
    private volatile @Nullable SslContext trustsAnybody;

    /// @param loops of NIO
    ProbeChecks(EventLoopGroup loops, NetworkNamespace node, Executor tasks) {
        this.loops = loops;
        this.node = node;
        this.tasks = tasks;
    }

    /// @param action a probe or hook: an object with `httpGet`, `tcpSocket`, `grpc` or `exec`
    CompletableFuture<ProbeOutcome> check(
            JsonObject action,
            ContainerSpec spec,
            RunningContainer container,
            String podAddress,
            Duration timeout) {
        CompletableFuture<ProbeOutcome> outcome;
        if (action.has("httpGet")) {
            outcome = get(action.object("httpGet"), spec, podAddress, timeout);
        } else if (action.has("tcpSocket")) {
            JsonObject socket = action.object("tcpSocket");
            outcome = connect(address(socket, spec, podAddress), timeout);
        } else if (action.has("exec")) {
            List<String> command = JsonTexts.of(action.list("exec", "command"));
            outcome = exec(container, command, timeout);
        } else if (action.has("grpc")) {
            JsonObject grpc = action.object("grpc");
            GrpcHealth health =
                    new GrpcHealth(grpc.text("service"), address(grpc, spec, podAddress), timeout);
            outcome = health.check(bootstrap(timeout, health.initializer()));
        } else {
            return CompletableFuture.completedFuture(
                    ProbeOutcome.failure("missing probe handler for " + spec.name()));
        }
        return outcome;
    }

    private CompletableFuture<ProbeOutcome> connect(InetSocketAddress address, Duration timeout) {
        CompletableFuture<ProbeOutcome> outcome = new CompletableFuture<>();
        Bootstrap bootstrap =
                bootstrap(
                        timeout,
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                // Being connected says it all.
                            }
                        });
        var _ =
                bootstrap
                        .connect(address)
                        .addListener((ChannelFuture connected) -> {
                            if (connected.isSuccess()) {
                                var _ = connected.channel().close();
                                outcome.complete(ProbeOutcome.SUCCESS);
                            } else {
                                outcome.complete(
                                        ProbeOutcome.failure(
                                                "dial tcp "
                                                        + text(address)
                                                        + ": "
                                                        + why(connected.cause())));
                            }
                        });
        return outcome;
    }

    private CompletableFuture<ProbeOutcome> get(
            JsonObject get, ContainerSpec spec, String podAddress, Duration timeout) {
        InetSocketAddress address = address(get, spec, podAddress);
        boolean isTls = get.text("scheme").toUpperCase(Locale.ROOT).equals("HTTPS");
        String path = get.text("path").isEmpty() ? "/" : get.text("path");
        String url =
                (isTls ? "https://" : "http://")
                        + text(address)
                        + HttpCheck.encoded(path.startsWith("/") ? path : "/" + path);
        Map<String, String> headers = new LinkedHashMap<>();
        for (Json header : get.list("httpHeaders")) {
            headers.put(header.text("name"), header.text("value"));
        }
        return new HttpCheck(headers, initializer -> bootstrap(timeout, initializer), this::tls)
                .get(url)
                .completeOnTimeout(
                        ProbeOutcome.failure(
                                "Get \"%s\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                                        .formatted(url)),
                        timeout.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<ProbeOutcome> exec(
            RunningContainer container, List<String> command, Duration timeout) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        ExecProcess process =
                                container.exec(new ExecRequest(command, ExecRequest.Terminal.NONE));
                        return outcome(process, timeout);
                    } catch (IOException e) {
                        return ProbeOutcome.failure(String.valueOf(e.getMessage()));
                    }
                },
                tasks);
    }

    private ProbeOutcome outcome(ExecProcess process, Duration timeout) throws IOException {
        process.input().close();
        CompletableFuture<String> output =
                CompletableFuture.supplyAsync(() -> beginning(process.output()), tasks);
        CompletableFuture<String> error =
                CompletableFuture.supplyAsync(() -> beginning(process.error()), tasks);
        try {
            int status = process.exit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return status == 0
                    ? ProbeOutcome.SUCCESS
                    : ProbeOutcome.failure(output.join() + error.join());
        } catch (TimeoutException e) {
            process.kill();
            return ProbeOutcome.failure("command timed out after " + timeout.toSeconds() + "s");
        } catch (InterruptedException e) {
            process.kill();
            Thread.currentThread().interrupt();
            return ProbeOutcome.failure("interrupted");
        } catch (ExecutionException e) {
            return ProbeOutcome.failure(String.valueOf(e.getMessage()));
        }
    }

    private static String beginning(InputStream stream) {
        try (stream) {
            byte[] bytes = stream.readNBytes(OUTPUT_MAX);
            stream.transferTo(OutputStream.nullOutputStream());
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private Bootstrap bootstrap(Duration timeout, ChannelInitializer<Channel> initializer) {
        return new Bootstrap()
                .group(loops)
                .channelFactory(() -> new NioSocketChannel(node.openSocketChannel()))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .handler(initializer);
    }

    private SslContext tls() {
        SslContext known = trustsAnybody;
        if (known == null) {
            // Probes do not check whom they talk to; Kubernetes' do not either.
            try {
                known =
                        SslContextBuilder.forClient()
                                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                .endpointIdentificationAlgorithm(null)
                                .build();
            } catch (SSLException e) {
                throw new NodeException("this machine's Java cannot do TLS", e);
            }
            trustsAnybody = known;
        }
        return known;
    }

    private static InetSocketAddress address(
            JsonObject target, ContainerSpec spec, String podAddress) {
        String host = target.text("host").isEmpty() ? podAddress : target.text("host");
        int port = target.find("port").map(spec::port).orElse(0);
        return new InetSocketAddress(host, port);
    }

    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    static String why(@Nullable Throwable failure) {
        if (failure instanceof ConnectException && !(failure instanceof ConnectTimeoutException)) {
            return "connect: connection refused";
        }
        if (failure instanceof ConnectTimeoutException) {
            return "i/o timeout";
        }
        return failure == null ? "unknown" : String.valueOf(failure.getMessage());
    }
}
