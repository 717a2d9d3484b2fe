package io.fairlead.cli;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.cluster.Arrivals;
import io.fairlead.cluster.Arrivals.Answer;
import io.fairlead.cluster.Arrivals.Outcome;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterReport;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Component;
import io.fairlead.cluster.Holder;
import io.fairlead.cluster.ServiceActivity;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `fairlead status`.
@Command(name = "status", description = "say how the cluster is, layer by layer")
final class StatusCommand implements Callable<Integer> {
    private static final Duration AT_ONCE = Duration.ZERO;

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
            List<Answer> answers = answers(folders, settings.get(), access);
            printNodes(access, answers);
            printServices(access);
            printNames(access, settings.get(), answers);
            printPool(access, settings.get());
            printApproximated(folders, settings.get(), access);
        }
        ClusterReport.lines(folders, settings.get()).forEach(System.out::println);
        return 0;
    }

    /// How far everyone is who must know Services.
    private static List<Answer> answers(
            ClusterFolders folders, ClusterSettings settings, ClusterAccess access) {
        try (Arrivals arrivals = Arrivals.of(folders, settings, access.client().transport())) {
            return arrivals.ask(arrivals.states(""), AT_ONCE);
        }
    }

    private static void printNodes(ClusterAccess access, List<Answer> answers) {
        List<JsonObject> pods = access.list(ResourceType.POD, "", "");
        System.out.printf(
                "%n%-16s %-16s %-10s %-5s %s%n", "NODE", "ADDRESS", "STATUS", "PODS", "PROXY");
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
                            "%-16s %-16s %-10s %-5d %s%n",
                            name,
                            address,
                            new Node(node).isReady() ? "Ready" : "NotReady",
                            running,
                            answers.stream()
                                    .filter(it -> it.holder().kind() == Holder.Kind.PROXY)
                                    .filter(it -> it.holder().name().equals(name))
                                    .map(it -> howFar(it.outcome()))
                                    .findFirst()
                                    .orElse("none"));
                });
    }

    private static String howFar(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Arrived(String lastUpdated) -> "current, last programmed " + lastUpdated;
            case Outcome.Behind(List<String> services, String lastUpdated) ->
                    "%d Services behind, %s"
                            .formatted(
                                    services.size(),
                                    lastUpdated.isEmpty()
                                            ? "nothing programmed yet"
                                            : "last programmed " + lastUpdated);
            case Outcome.Silent(String why) -> "does not answer (" + why + ")";
        };
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

    /// Where a Service asks for least connections and gets chance.
    private static void printApproximated(
            ClusterFolders folders, ClusterSettings settings, ClusterAccess access) {
        boolean isAsked =
                access.list(ResourceType.SERVICE, "", "").stream()
                        .anyMatch(service ->
                                service.text(
                                                "metadata",
                                                "annotations",
                                                Service.LOAD_BALANCING_ANNOTATION)
                                        .equals("least-connections"));
        if (!isAsked || !settings.has(Component.PROXY)) {
            return;
        }
        try (ServiceActivity activity =
                ServiceActivity.of(folders, settings, access.client().transport())) {
            activity.read()
                    .approximated()
                    .forEach((set, nodes) ->
                            System.out.printf(
                                    "Least connections: not counted for %s on %s, chosen at random there%n",
                                    set, String.join(", ", nodes)));
        }
    }

    private static void printNames(
            ClusterAccess access, ClusterSettings settings, List<Answer> answers) {
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
        answers.stream()
                .filter(answer -> answer.holder().kind() == Holder.Kind.DNS)
                .forEach(answer ->
                        System.out.printf(
                                "  %s on %s: %s%n",
                                answer.holder().name(),
                                answer.holder().node(),
                                howFar(answer.outcome())));
    }
}
