package io.fairlead.metrics;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.client.KubeClient;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// Answers requests for `metrics.k8s.io/v1beta1`. Safe for use by many threads.
final class MetricsApi {
    static final String GROUP = "metrics.k8s.io";
    static final String VERSION = GROUP + "/v1beta1";

    private static final String ROOT = "/apis/" + VERSION;

    private final KubeClient client;
    private final NodeScraper scraper;
    private final InstantSource clock;
    private final Executor tasks;
    private final UsageHistory history = new UsageHistory();

    /// @param tasks may be held up
    MetricsApi(KubeClient client, NodeScraper scraper, InstantSource clock, Executor tasks) {
        this.client = client;
        this.scraper = scraper;
        this.clock = clock;
        this.tasks = tasks;
    }

    /// @param path without its query
    /// @param selector the query's `labelSelector`
    /// @return fails with an [ApiException] for what is refused
    CompletableFuture<JsonObject> answer(String path, String selector) {
        return switch (path) {
            case "/apis" -> CompletableFuture.completedFuture(groups());
            case "/apis/" + GROUP -> CompletableFuture.completedFuture(group());
            case ROOT -> CompletableFuture.completedFuture(resources());
            default ->
                    CompletableFuture.supplyAsync(() -> wanted(path, selector), tasks)
                            .thenCompose(this::measure);
        };
    }

    /// Whom to tell of, and how.
    ///
    /// @param pods whether they are pods, else nodes
    /// @param isOne whether one object is asked for, by its name
    private record Wanted(
            boolean pods, List<JsonObject> objects, boolean isOne, List<JsonObject> nodes) {}

    private Wanted wanted(String path, String selector) {
        List<String> parts =
                path.startsWith(ROOT + "/")
                        ? List.of(path.substring(ROOT.length() + 1).split("/"))
                        : List.of();
        boolean isNodes = !parts.isEmpty() && parts.getFirst().equals("nodes") && parts.size() <= 2;
        boolean isAllPods = parts.equals(List.of("pods"));
        boolean isPods =
                parts.size() >= 3
                        && parts.size() <= 4
                        && parts.get(0).equals("namespaces")
                        && parts.get(2).equals("pods");
        if (!isNodes && !isAllPods && !isPods) {
            throw new ApiException(
                    new Status(
                            404,
                            "NotFound",
                            "the server could not find the requested resource",
                            JsonObject.EMPTY));
        }
        String namespace = isPods ? parts.get(1) : "";
        boolean isOne = parts.size() == (isPods ? 4 : 2) && !isAllPods;
        LabelSelector labels = LabelSelector.parse(selector);
        List<JsonObject> objects =
                client
                        .list(isNodes ? ResourceType.NODE : ResourceType.POD, namespace)
                        .items()
                        .stream()
                        .filter(labels::matches)
                        .filter(object ->
                                !isOne || object.text("metadata", "name").equals(parts.getLast()))
                        .toList();
        if (isOne && objects.isEmpty()) {
            throw new ApiException(notFound(!isNodes, parts.getLast()));
        }
        return new Wanted(!isNodes, objects, isOne, client.list(ResourceType.NODE, "").items());
    }

    private static Status notFound(boolean pods, String name) {
        return new Status(
                404,
                "NotFound",
                "%s.%s \"%s\" not found"
                        .formatted(pods ? "podmetrics" : "nodemetrics", GROUP, name),
                JsonObject.of(
                        "name",
                        Json.of(name),
                        "group",
                        Json.of(GROUP),
                        "kind",
                        Json.of(pods ? "podmetrics" : "nodemetrics")));
    }

    private CompletableFuture<JsonObject> measure(Wanted wanted) {
        Map<String, CompletableFuture<Optional<Measured>>> asked = new LinkedHashMap<>();
        for (JsonObject node : wanted.nodes()) {
            asked.put(node.text("metadata", "name"), measure(node));
        }
        return CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
                .thenApply(_ -> {
                    Map<String, Measured> nodes = new HashMap<>();
                    asked.forEach((name, measured) ->
                            measured.join().ifPresent(known -> nodes.put(name, known)));
                    return wanted.pods() ? pods(wanted, nodes) : nodes(wanted, nodes);
                });
    }

    /// Two readings of a node.
    private record Measured(Reading before, Reading after) {}

    private CompletableFuture<Optional<Measured>> measure(JsonObject node) {
        Optional<InetSocketAddress> agent = agent(node);
        if (agent.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        String name = node.text("metadata", "name");
        Optional<Reading> base = history.base(name, clock.instant());
        CompletableFuture<Reading> before =
                base.isPresent()
                        ? CompletableFuture.completedFuture(base.get())
                        : read(name, agent.get())
                                .thenCompose(first ->
                                        CompletableFuture.supplyAsync(
                                                () -> first,
                                                CompletableFuture.delayedExecutor(
                                                        UsageHistory.APART_AT_LEAST.toMillis(),
                                                        java.util.concurrent.TimeUnit.MILLISECONDS,
                                                        tasks)));
        return before.thenCompose(first ->
                        read(name, agent.get())
                                .thenApply(second -> Optional.of(new Measured(first, second))))
                .exceptionally(failure -> {
                    System.getLogger("io.fairlead.metrics")
                            .log(
                                    System.Logger.Level.WARNING,
                                    "node %s does not tell what it uses: %s"
                                            .formatted(name, failure.getMessage()));
                    return Optional.empty();
                });
    }

    private CompletableFuture<Reading> read(String node, InetSocketAddress agent) {
        return scraper.scrape(agent)
                .thenApply(text -> {
                    Reading reading = Reading.parse(text, clock.instant());
                    history.add(node, reading);
                    return reading;
                });
    }

    private static Optional<InetSocketAddress> agent(JsonObject node) {
        return node.list("status", "addresses").stream()
                .filter(address -> address.text("type").equals("InternalIP"))
                .map(address ->
                        new InetSocketAddress(
                                io.fairlead.api.IpAddress.parse(address.text("address"))
                                        .toInetAddress(),
                                NodeScraper.AGENT_PORT))
                .findFirst();
    }

    private JsonObject nodes(Wanted wanted, Map<String, Measured> measured) {
        List<JsonObject> items = new ArrayList<>();
        for (JsonObject node : wanted.objects()) {
            Measured known = measured.get(node.text("metadata", "name"));
            if (known != null && known.after().node().isPresent()) {
                Usage usage =
                        Usage.between(
                                known.before().at(),
                                known.before().node().orElse(Reading.Amount.NONE),
                                known.after().at(),
                                known.after().node().get());
                items.add(head(node, "NodeMetrics", usage).with("usage", usage.tree()));
            }
        }
        return oneOrAll(wanted, items);
    }

    private JsonObject pods(Wanted wanted, Map<String, Measured> measured) {
        List<JsonObject> items = new ArrayList<>();
        for (JsonObject pod : wanted.objects()) {
            Measured known = measured.get(pod.text("spec", "nodeName"));
            if (known != null) {
                pod(pod, known).ifPresent(items::add);
            }
        }
        return oneOrAll(wanted, items);
    }

    private static Optional<JsonObject> pod(JsonObject pod, Measured known) {
        List<Json> containers = new ArrayList<>();
        Optional<Usage> any = Optional.empty();
        for (String list : List.of("containers", "initContainers")) {
            for (Json container : pod.list("spec", list)) {
                Reading.Container key =
                        new Reading.Container(
                                pod.text("metadata", "namespace"),
                                pod.text("metadata", "name"),
                                container.text("name"));
                Reading.Amount after = known.after().containers().get(key);
                if (after != null) {
                    Usage usage =
                            Usage.between(
                                    known.before().at(),
                                    known.before()
                                            .containers()
                                            .getOrDefault(key, Reading.Amount.NONE),
                                    known.after().at(),
                                    after);
                    any = Optional.of(usage);
                    containers.add(
                            JsonObject.of(
                                    "name",
                                    Json.of(container.text("name")),
                                    "usage",
                                    usage.tree()));
                }
            }
        }
        return any.map(usage ->
                head(pod, "PodMetrics", usage).with("containers", new JsonArray(containers)));
    }

    private static JsonObject head(JsonObject object, String kind, Usage usage) {
        Instant at = usage.at().truncatedTo(ChronoUnit.SECONDS);
        return JsonObject.builder()
                .put("kind", kind)
                .put("apiVersion", VERSION)
                .put(
                        "metadata",
                        JsonObject.builder()
                                .put("name", object.text("metadata", "name"))
                                .putUnlessEmpty("namespace", object.text("metadata", "namespace"))
                                .put("creationTimestamp", at.toString())
                                .putUnlessEmpty("labels", object.object("metadata", "labels"))
                                .build())
                .put("timestamp", at.toString())
                .put("window", seconds(usage))
                .build();
    }

    private static String seconds(Usage usage) {
        return "%d.%03ds".formatted(usage.window().toSeconds(), usage.window().toMillisPart());
    }

    private static JsonObject oneOrAll(Wanted wanted, List<JsonObject> items) {
        if (!wanted.isOne()) {
            return JsonObject.builder()
                    .put("kind", wanted.pods() ? "PodMetricsList" : "NodeMetricsList")
                    .put("apiVersion", VERSION)
                    .put("metadata", JsonObject.EMPTY)
                    .put("items", JsonArray.from(items, item -> item))
                    .build();
        }
        if (items.isEmpty()) {
            throw new ApiException(
                    notFound(wanted.pods(), wanted.objects().getFirst().text("metadata", "name")));
        }
        return items.getFirst();
    }

    private static JsonObject groups() {
        return JsonObject.of(
                "kind",
                Json.of("APIGroupList"),
                "apiVersion",
                Json.of("v1"),
                "groups",
                JsonArray.of(group()));
    }

    private static JsonObject group() {
        JsonObject version =
                JsonObject.of("groupVersion", Json.of(VERSION), "version", Json.of("v1beta1"));
        return JsonObject.builder()
                .put("kind", "APIGroup")
                .put("apiVersion", "v1")
                .put("name", GROUP)
                .put("versions", JsonArray.of(version))
                .put("preferredVersion", version)
                .build();
    }

    private static JsonObject resources() {
        return JsonObject.builder()
                .put("kind", "APIResourceList")
                .put("apiVersion", "v1")
                .put("groupVersion", VERSION)
                .put(
                        "resources",
                        JsonArray.of(
                                resource("nodes", "NodeMetrics", false),
                                resource("pods", "PodMetrics", true)))
                .build();
    }

    private static JsonObject resource(String plural, String kind, boolean isNamespaced) {
        return JsonObject.builder()
                .put("name", plural)
                .put("singularName", "")
                .put("namespaced", isNamespaced)
                .put("kind", kind)
                .put("verbs", JsonArray.ofStrings(List.of("get", "list")))
                .build();
    }
}
