package io.fairlead.cluster;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What Services are asked for in a whole cluster: the counters of every node's proxy, added up. Owned by one thread.
public final class ServiceActivity implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Holders holders;

    private ServiceActivity(Holders holders) {
        this.holders = holders;
    }

    /// @param connections and flows of UDP, to all endpoints
    /// @param bytesIn towards endpoints
    /// @param bytesOut back to clients
    /// @param refused attempts that were refused because nobody served
    /// @param dropped attempts that vanished
    public record Counts(
            long connections, long bytesIn, long bytesOut, long refused, long dropped) {
        public static final Counts NONE = new Counts(0, 0, 0, 0, 0);

        private static Counts of(Json tree) {
            return new Counts(
                    tree.number(0, "connections"),
                    tree.number(0, "bytesIn"),
                    tree.number(0, "bytesOut"),
                    tree.number(0, "refused"),
                    tree.number(0, "dropped"));
        }

        private Counts and(Counts other) {
            return new Counts(
                    connections + other.connections,
                    bytesIn + other.bytesIn,
                    bytesOut + other.bytesOut,
                    refused + other.refused,
                    dropped + other.dropped);
        }
    }

    /// One Service's counts, and those of its endpoints by address and port, which refuse and drop nothing.
    public record Service(Counts counts, Map<String, Counts> endpoints) {
        static final Service NONE = new Service(Counts.NONE, Map.of());

        public Service {
            endpoints = Map.copyOf(endpoints);
        }

        private static Service of(Json tree) {
            Map<String, Counts> endpoints = new TreeMap<>();
            tree.list("endpoints")
                    .forEach(each -> endpoints.put(each.text("address"), Counts.of(each)));
            return new Service(Counts.of(tree), endpoints);
        }

        private Service and(Service other) {
            Map<String, Counts> all = new TreeMap<>(endpoints);
            other.endpoints.forEach((address, each) -> all.merge(address, each, Counts::and));
            return new Service(counts.and(other.counts), all);
        }
    }

    /// @param services those of which any node has counted anything
    /// @param silent why the proxy of a node is not in the sum, one sentence without a full stop for each
    /// @param approximated ports of Services that ask for least connections, with the nodes on which nobody counts them, so that chance decides
    public record Reading(
            Map<ObjectName, Service> services,
            List<String> silent,
            Map<String, List<String>> approximated) {
        public Reading {
            services = Map.copyOf(services);
            silent = List.copyOf(silent);
            approximated = Collections.unmodifiableMap(new TreeMap<>(approximated));
        }
    }

    /// Of a cluster on this machine.
    public static ServiceActivity of(
            ClusterFolders folders, ClusterSettings settings, Transport transport) {
        return new ServiceActivity(Holders.of(folders, settings, transport));
    }

    /// Of any cluster whose nodes run this proxy.
    public static ServiceActivity of(Kubeconfig kubeconfig) {
        return new ServiceActivity(Holders.of(kubeconfig));
    }

    /// The sum over all nodes, now.
    ///
    /// @throws ClusterException when no proxy answers
    public Reading read() {
        Map<ObjectName, Service> sum = new TreeMap<>();
        List<String> silent = new ArrayList<>();
        Map<String, List<String>> approximated = new TreeMap<>();
        int answered = 0;
        for (Holder holder : holders.list()) {
            if (holder.kind() != Holder.Kind.PROXY) {
                continue;
            }
            try {
                JsonObject told = holders.ask(holder, "/counters", JsonObject.EMPTY, PATIENCE);
                answered++;
                for (Json service : told.list("services")) {
                    sum.merge(
                            new ObjectName(service.text("namespace"), service.text("name")),
                            Service.of(service),
                            Service::and);
                }
                for (Json set : told.list("approximated")) {
                    approximated
                            .computeIfAbsent(set.text(), _ -> new ArrayList<>())
                            .add(holder.name());
                }
            } catch (IOException e) {
                silent.add(
                        "the %s does not answer at %s port %d: %s"
                                .formatted(holder, holder.address(), Holder.PORT, e.getMessage()));
            }
        }
        if (answered == 0) {
            throw new ClusterException(
                    silent.isEmpty()
                            ? "the cluster has no node with a proxy."
                            : silent.getFirst() + ".");
        }
        return new Reading(sum, silent, approximated);
    }

    @Override
    public void close() {
        holders.close();
    }
}
