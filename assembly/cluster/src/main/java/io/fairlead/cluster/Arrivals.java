package io.fairlead.cluster;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.KubeClient;
import io.fairlead.client.KubeClient.Listing;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.Selection;
import io.fairlead.client.Transport;
import io.fairlead.tables.ServiceStates;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Asks every node's proxy and every DNS server of a cluster whether Services have arrived there. Safe for use by many threads.
public final class Arrivals implements AutoCloseable {
    private static final Duration ROUND = Duration.ofSeconds(20);
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = 100_000_000;

    private final KubeClient client;
    private final Holders holders;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Arrivals(Holders holders) {
        client = holders.client();
        this.holders = holders;
    }

    /// What one holder said.
    public sealed interface Outcome {
        /// @param lastUpdated when it last brought something into effect; empty if never
        record Arrived(String lastUpdated) implements Outcome {}

        /// @param services those of which it has an older state
        record Behind(List<String> services, String lastUpdated) implements Outcome {
            public Behind {
                services = List.copyOf(services);
            }
        }

        /// @param why it did not answer
        record Silent(String why) implements Outcome {}
    }

    public record Answer(Holder holder, Outcome outcome) {
        public boolean isArrived() {
            return outcome instanceof Outcome.Arrived;
        }
    }

    /// Of a cluster on this machine.
    public static Arrivals of(
            ClusterFolders folders, ClusterSettings settings, Transport transport) {
        return new Arrivals(Holders.of(folders, settings, transport));
    }

    /// Of any cluster.
    public static Arrivals of(Kubeconfig kubeconfig) {
        return new Arrivals(Holders.of(kubeconfig));
    }

    /// Of the cluster that lives in this process.
    static Arrivals inside(KubeClient client, NodeNetworks networks, ClusterSettings settings) {
        return new Arrivals(Holders.inside(client, networks, settings));
    }

    /// All Services as they are now.
    ///
    /// @param namespace empty for all
    public ServiceStates states(String namespace) {
        Listing services = client.list(ResourceType.SERVICE, namespace);
        Listing slices = client.list(ResourceType.ENDPOINT_SLICE, namespace);
        return namespace.isEmpty()
                ? ServiceStates.ofAll(services, slices)
                : ServiceStates.ofChosen(services, slices, names(services));
    }

    /// Some Services of one namespace as they are now.
    ///
    /// @throws ClusterException when there is no such Service
    public ServiceStates states(String namespace, Collection<String> names) {
        List<JsonObject> services = new ArrayList<>();
        long version = 0;
        for (String name : names) {
            JsonObject service =
                    client.find(ResourceType.SERVICE, new ObjectName(namespace, name))
                            .orElseThrow(() ->
                                    new ClusterException(
                                            "there is no Service \"%s\" in namespace \"%s\"."
                                                    .formatted(name, namespace)));
            version = Math.max(version, new Service(service).resourceVersion());
            services.add(service);
        }
        Listing slices =
                client.list(
                        ResourceType.ENDPOINT_SLICE,
                        namespace,
                        Selection.byLabels(
                                "kubernetes.io/service-name in (%s)"
                                        .formatted(String.join(",", names))));
        Listing chosen = new Listing(services, String.valueOf(version));
        return ServiceStates.ofChosen(chosen, slices, names(chosen));
    }

    /// One Service as it is given, whatever its endpoints are.
    static ServiceStates stateOf(JsonObject service) {
        Service view = new Service(service);
        return new ServiceStates(
                ServiceStates.Scope.CHOSEN,
                view.resourceVersion(),
                0,
                Map.of(
                        view.objectName(),
                        new ServiceStates.State(view.uid(), view.resourceVersion(), Set.of())));
    }

    private static List<ObjectName> names(Listing services) {
        return services.items().stream().map(item -> new Service(item).objectName()).toList();
    }

    /// Asks all holders at once; returns when each has all the Services, or time is over.
    ///
    /// @param limit zero for how things are now
    public List<Answer> ask(ServiceStates states, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        JsonObject question = states.tree();
        List<Future<Answer>> answers =
                holders.list().stream()
                        .map(holder -> threads.submit(() -> await(holder, question, deadline)))
                        .collect(Collectors.toCollection(ArrayList::new));
        List<Answer> all = new ArrayList<>();
        for (Future<Answer> answer : answers) {
            try {
                all.add(answer.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClusterException("interrupted while proxies were asked.", e);
            } catch (ExecutionException e) {
                throw new ClusterException("a proxy cannot be asked: " + e.getCause() + ".", e);
            }
        }
        return all;
    }

    private Answer await(Holder holder, JsonObject question, long deadline) {
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            Outcome outcome = once(holder, question, left.compareTo(ROUND) < 0 ? left : ROUND);
            if (outcome instanceof Outcome.Arrived || System.nanoTime() >= deadline) {
                return new Answer(holder, outcome);
            }
            if (outcome instanceof Outcome.Silent) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private Outcome once(Holder holder, JsonObject question, Duration patience) {
        String path = "/arrived/services?timeout=" + BigDecimal.valueOf(patience.toMillis(), 3);
        try {
            return outcome(holders.ask(holder, path, question, patience.plus(GRACE)));
        } catch (IOException e) {
            return new Outcome.Silent(String.valueOf(e.getMessage()));
        }
    }

    private static Outcome outcome(JsonObject answer) {
        String lastUpdated = answer.text("lastUpdated");
        return answer.flag("arrived")
                ? new Outcome.Arrived(lastUpdated)
                : new Outcome.Behind(
                        answer.list("behind").stream().map(Json::text).toList(), lastUpdated);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        holders.close();
    }
}
