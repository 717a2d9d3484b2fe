package io.fairlead.proxy;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.proxy.HttpEndpoint.Exchange;
import io.fairlead.proxy.ServiceProxy.Programmed;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// What a node's proxy counts, on port 10249.
///
/// - `GET /metrics`: as Prometheus reads it ([ProxyMetrics], [MetricsPage]).
/// - `GET /proxyMode`: `nftables`.
/// - `GET /healthz`: `ok`, as long as the process lives.
public final class MetricsServer implements AutoCloseable {
    public static final int PORT = 10249;

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final ServiceProxy proxy;
    private final Supplier<SocketWriter.State> sockets;
    private final InstantSource clock;
    private final Executor tasks;
    private Optional<HttpEndpoint> endpoint = Optional.empty();

    /// @param sockets how the other writer stands
    /// @param tasks reads counters, which the kernel takes a moment for
    public MetricsServer(
            ServiceProxy proxy,
            Supplier<SocketWriter.State> sockets,
            InstantSource clock,
            Executor tasks) {
        this.proxy = proxy;
        this.sockets = sockets;
        this.clock = clock;
        this.tasks = tasks;
    }

    /// Begins to listen. To be called once.
    ///
    /// @param loops NIO event loops
    public void start(NetworkNamespace node, InetSocketAddress address, EventLoopGroup loops) {
        endpoint =
                Optional.of(
                        HttpEndpoint.open(
                                loops, node.openServerSocketChannel(), address, this::handle));
    }

    private void handle(QueryStringDecoder request, Exchange exchange) {
        switch (request.path()) {
            case "/metrics" -> tasks.execute(() -> metrics(exchange));
            case "/proxyMode" -> answer(exchange, HttpResponseStatus.OK, TEXT, "nftables");
            case "/healthz", "/livez" -> answer(exchange, HttpResponseStatus.OK, TEXT, "ok");
            default -> answer(exchange, HttpResponseStatus.NOT_FOUND, TEXT, "404 page not found\n");
        }
    }

    private void metrics(Exchange exchange) {
        try {
            Optional<Programmed> programmed = proxy.programmed();
            answer(
                    exchange,
                    HttpResponseStatus.OK,
                    PROMETHEUS,
                    ProxyMetrics.print(programmed, sockets.get(), clock.instant())
                            + MetricsPage.print(proxy.nodeCounts()));
        } catch (RuntimeException e) {
            answer(
                    exchange,
                    HttpResponseStatus.INTERNAL_SERVER_ERROR,
                    TEXT,
                    "cannot read the counters: " + e.getMessage() + "\n");
        }
    }

    private static void answer(
            Exchange exchange, HttpResponseStatus status, String type, String text) {
        exchange.answer(status, type, text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        endpoint.ifPresent(HttpEndpoint::close);
    }
}
