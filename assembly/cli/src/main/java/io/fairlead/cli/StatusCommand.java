package io.fairlead.cli;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterReport;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Component;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `fairlead status`.
@Command(name = "status", description = "say how the cluster is, layer by layer")
final class StatusCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Override
    public Integer call() {
        ClusterFolders folders = cluster.existing();
        Optional<ClusterSettings> settings = folders.settings();
        Optional<ProcessHandle> process = folders.process();
        if (process.isEmpty() || settings.isEmpty()) {
            System.out.printf(
                    "Cluster \"%s\" is not running; its state is in %s.%n",
                    folders.name(), folders.data());
            return 1;
        }
        System.out.printf(
                "Cluster \"%s\" is running: process %d, state in %s, log in %s%n",
                folders.name(), process.get().pid(), folders.data(), folders.log());
        try (ClusterAccess access = ClusterAccess.open(folders)) {
            printNodes(access);
            printServices(access);
            printNames(access, settings.get());
            printPool(access, settings.get());
        }
        ClusterReport.lines(folders, settings.get()).forEach(System.out::println);
        return 0;
    }

    private static void printNodes(ClusterAccess access) {
        List<JsonObject> pods = access.list(ResourceType.POD, "", "");
        System.out.printf("%n%-16s %-16s %-10s %s%n", "NODE", "ADDRESS", "STATUS", "PODS");
        access.list(ResourceType.NODE, "", "").stream()
                .sorted(Comparator.comparing(node -> node.text("metadata", "name")))
                .forEach(node -> {
                    String name = node.text("metadata", "name");
                    long running =
                            pods.stream()
                                    .filter(pod -> name.equals(pod.text("spec", "nodeName")))
                                    .count();
                    String address =
                            node.list("status", "addresses").isEmpty()
                                    ? "-"
                                    : node.list("status", "addresses").getFirst().text("address");
                    System.out.printf(
                            "%-16s %-16s %-10s %d%n",
                            name,
                            address,
                            new Node(node).isReady() ? "Ready" : "NotReady",
                            running);
                });
    }

    private static void printServices(ClusterAccess access) {
        long slices = access.list(ResourceType.ENDPOINT_SLICE, "", "").size();
        System.out.printf(
                "%n%d Services, %d EndpointSlices, %d pods%n",
                access.list(ResourceType.SERVICE, "", "").size(),
                slices,
                access.list(ResourceType.POD, "", "").size());
    }

    private static void printPool(ClusterAccess access, ClusterSettings settings) {
        if (!settings.has(Component.LOAD_BALANCER)) {
            System.out.println("Load balancer: none, the cluster runs without it");
            return;
        }
        Optional<JsonObject> live =
                access.client().find(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP);
        long addresses =
                access.list(ResourceType.SERVICE, "", "").stream()
                        .filter(service -> service.has("status", "loadBalancer", "ingress"))
                        .count();
        try {
            LoadBalancerPool pool = LoadBalancerPool.of(live, settings.pool());
            System.out.printf(
                    "Load balancer: pool %s%s, %d Services have addresses%n",
                    pool,
                    live.isPresent() ? " by ConfigMap " + LoadBalancerPool.CONFIG_MAP : "",
                    addresses);
        } catch (IllegalArgumentException e) {
            System.out.printf(
                    "Load balancer: ConfigMap %s cannot be read: %s%n",
                    LoadBalancerPool.CONFIG_MAP, e.getMessage());
        }
    }

    private static void printNames(ClusterAccess access, ClusterSettings settings) {
        if (!settings.has(Component.DNS)) {
            System.out.println("Names: none, the cluster runs without its DNS");
            return;
        }
        long ready =
                access
                        .list(
                                ResourceType.ENDPOINT_SLICE,
                                "kube-system",
                                "kubernetes.io/service-name=kube-dns")
                        .stream()
                        .flatMap(slice -> slice.list("endpoints").stream())
                        .filter(endpoint -> endpoint.flag("conditions", "ready"))
                        .count();
        System.out.printf(
                "Names: %d DNS servers are ready behind %s%n",
                ready, IpAddress.of(settings.dnsServiceAddress()));
    }
}
