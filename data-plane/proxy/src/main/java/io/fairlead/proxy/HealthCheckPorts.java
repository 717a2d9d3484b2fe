package io.fairlead.proxy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.proxy.HttpEndpoint.Exchange;
import io.fairlead.proxy.ServiceProxy.Programmed;
import io.fairlead.tables.HealthCheck;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The ports on which outside load balancers ask whether this node has ready endpoints of a Service: any path, 200 or 503.
public final class HealthCheckPorts implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HealthCheckPorts.class.getName());

    private final ServiceProxy proxy;
    private final NetworkNamespace node;
    private final EventLoopGroup loops;
    private final Map<Integer, HttpEndpoint> open = new HashMap<>();
    private @Nullable Map<Integer, HealthCheck> seen;

    /// @param loops NIO event loops
    public HealthCheckPorts(ServiceProxy proxy, NetworkNamespace node, EventLoopGroup loops) {
        this.proxy = proxy;
        this.node = node;
        this.loops = loops;
    }

    /// Opens and closes ports as Services come and go, from now on. To be called once.
    public void start() {
        proxy.onProgrammed(this::follow);
    }

    private synchronized void follow() {
        Map<Integer, HealthCheck> wanted =
                proxy.programmed()
                        .map(it -> Map.copyOf(it.table().healthChecks()))
                        .orElse(Map.of());
        if (wanted.equals(seen)) {
            return;
        }
        seen = wanted;
        Set<Integer> gone = new HashSet<>(open.keySet());
        gone.removeAll(wanted.keySet());
        for (Integer port : gone) {
            HttpEndpoint endpoint = open.remove(port);
            if (endpoint != null) {
                endpoint.close();
            }
        }
        for (Integer port : wanted.keySet()) {
            if (!open.containsKey(port)) {
                open(port);
            }
        }
    }

    private void open(int port) {
        try {
            open.put(
                    port,
                    HttpEndpoint.open(
                            loops,
                            node.openServerSocketChannel(),
                            new InetSocketAddress(port),
                            (_, exchange) -> answer(port, exchange)));
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "cannot listen on health check port {0}: {1}",
                    Integer.toString(port),
                    e.getMessage());
        }
    }

    private void answer(int port, Exchange exchange) {
        Optional<Programmed> now = proxy.programmed();
        Optional<HealthCheck> check =
                now.flatMap(it -> Optional.ofNullable(it.table().healthChecks().get(port)));
        JsonObject service =
                check.map(it ->
                                JsonObject.of(
                                                "namespace",
                                                Json.of(it.owner().service().namespace()))
                                        .with("name", it.owner().service().name()))
                        .orElse(JsonObject.EMPTY);
        exchange.answer(
                check.filter(HealthCheck::isHealthy).isPresent()
                        ? HttpResponseStatus.OK
                        : HttpResponseStatus.SERVICE_UNAVAILABLE,
                JsonObject.of("service", service)
                        .with(
                                "localEndpoints",
                                Json.of(check.map(HealthCheck::localReadyEndpoints).orElse(0)))
                        .with("serviceProxyHealthy", Json.of(true)));
    }

    @Override
    public synchronized void close() {
        open.values().forEach(HttpEndpoint::close);
        open.clear();
    }
}
