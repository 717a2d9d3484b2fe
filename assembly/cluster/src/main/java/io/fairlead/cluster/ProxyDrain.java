package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.IpAddress;
import io.fairlead.client.KubeClient;
import io.fairlead.client.TransportException;
import io.fairlead.node.Drain;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Asks the proxies of all nodes whether a pod still gets new connections. A node whose proxy does not answer holds nobody up: it is gone, or it is
/// somebody else's.
final class ProxyDrain implements Drain {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

    private final KubeClient client;
    private final DialledDoor door;
    private final Executor tasks;

    /// @param tasks may be held up
    ProxyDrain(KubeClient client, NodeNetworks networks, Executor tasks) {
        this.client = client;
        this.door = new DialledDoor(networks);
        this.tasks = tasks;
    }

    @Override
    public CompletableFuture<@Nullable Void> drained(Collection<IpAddress> pod, Duration limit) {
        return CompletableFuture.supplyAsync(this::proxies, tasks)
                .thenCompose(proxies ->
                        CompletableFuture.allOf(
                                proxies.stream()
                                        .flatMap(proxy ->
                                                pod.stream()
                                                        .map(address -> ask(proxy, address, limit)))
                                        .toArray(CompletableFuture[]::new)))
                .completeOnTimeout(null, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private List<Holder> proxies() {
        try {
            return Holder.proxies(client);
        } catch (ApiException | TransportException e) {
            return List.of();
        }
    }

    private CompletableFuture<@Nullable Void> ask(Holder proxy, IpAddress address, Duration limit) {
        String path =
                "/arrived/endpoints/%s?newTraffic=no,only-as-fallback&timeout=%d"
                        .formatted(address, Math.max(1, limit.toSeconds()));
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        door.get(proxy, path, limit.plus(ANSWER_WITHIN));
                    } catch (IOException e) {
                        // Nobody there to wait for.
                        System.getLogger("io.fairlead.cluster")
                                .log(
                                        System.Logger.Level.DEBUG,
                                        "%s: %s".formatted(proxy, e.getMessage()));
                    }
                },
                tasks);
    }
}
