package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Watches over the servers that other versions of the API come from: says in each APIService's status whether its server answers, and keeps what it tells of itself.
/// Safe for use by many threads.
final class RemoteApis {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final String PREFIX = StorageKeys.prefix(ApiServices.TYPE);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final User ASKER = User.of("system:kube-aggregator", User.MASTERS);
    private static final List<Map.Entry<String, String>> HEADERS =
            List.of(Map.entry("Accept", "application/json"), Map.entry("Connection", "close"));

    private final ObjectStore store;
    private final Aggregation aggregation;
    private final UpstreamCalls calls;
    private final ResourceEndpoint resources;
    private final ApiServerRuntime runtime;
    private final Map<String, RemoteApi> known = new ConcurrentHashMap<>();
    private final AtomicBoolean isDue = new AtomicBoolean();
    private final AtomicBoolean isRunning = new AtomicBoolean();
    private final AtomicBoolean isWaiting = new AtomicBoolean();

    RemoteApis(
            ObjectStore store,
            Aggregation aggregation,
            UpstreamCalls calls,
            ResourceEndpoint resources,
            ApiServerRuntime runtime) {
        this.store = store;
        this.aggregation = aggregation;
        this.calls = calls;
        this.resources = resources;
        this.runtime = runtime;
    }

    /// What other servers tell, the best first.
    List<RemoteApi> all() {
        if (known.isEmpty()) {
            return List.of();
        }
        return known.values().stream()
                .sorted(
                        Comparator.comparingLong(RemoteApi::groupRank)
                                .reversed()
                                .thenComparing(api -> api.at().group())
                                .thenComparing(
                                        Comparator.comparingLong(RemoteApi::versionRank).reversed())
                                .thenComparing(api -> api.at().version()))
                .toList();
    }

    /// Looks at every other server. One run at a time; what comes meanwhile makes for one more.
    void settle() {
        isDue.set(true);
        while (isDue.get() && isRunning.compareAndSet(false, true)) {
            try {
                isDue.set(false);
                lookAtAll();
            } finally {
                isRunning.set(false);
            }
        }
    }

    private void lookAtAll() {
        Snapshot<StoredObject> snapshot = store.snapshot();
        List<String> names = new ArrayList<>();
        boolean isMissing = false;
        for (Stored<StoredObject> stored : snapshot.list(PREFIX)) {
            JsonObject service = stored.value().tree();
            if (ApiServices.isRemote(service)) {
                names.add(service.text("metadata", "name"));
                isMissing |= !lookAt(service, snapshot);
            }
        }
        known.keySet().retainAll(names);
        if (isMissing && isWaiting.compareAndSet(false, true)) {
            lookAgain();
        }
    }

    private void lookAgain() {
        try {
            var unused =
                    runtime.timer()
                            .schedule(
                                    () -> {
                                        isWaiting.set(false);
                                        runtime.tasks().execute(this::settle);
                                    },
                                    LOOK_AGAIN.toMillis(),
                                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "this server ends");
        }
    }

    /// Whether the server answers.
    private boolean lookAt(JsonObject service, Snapshot<StoredObject> snapshot) {
        Optional<Problem> problem = problem(service, snapshot);
        String name = service.text("metadata", "name");
        GroupVersion at = ApiServices.groupVersion(service);
        if (problem.isEmpty()) {
            try {
                JsonObject resources = get(service, "/apis/" + at.apiVersion());
                known.put(name, described(service, at, resources));
            } catch (IOException e) {
                problem =
                        Optional.of(
                                new Problem(
                                        "FailedDiscoveryCheck", String.valueOf(e.getMessage())));
            }
        }
        if (problem.isPresent()) {
            RemoteApi last = known.get(name);
            known.put(
                    name,
                    last == null
                            ? described(service, at, JsonObject.EMPTY, "", JsonObject.EMPTY, false)
                            : described(
                                    service,
                                    at,
                                    last.resources(),
                                    last.schemas(),
                                    last.definitions(),
                                    false));
        }
        JsonObject judged =
                ApiServices.judged(
                        service,
                        problem.isPresent() ? "False" : "True",
                        problem.map(Problem::reason).orElse("Passed"),
                        problem.map(Problem::message).orElse("all checks passed"),
                        runtime.clock().instant());
        if (!judged.equals(service)) {
            write(name, judged);
        }
        return problem.isEmpty();
    }

    private void write(String name, JsonObject judged) {
        try {
            resources.internal(
                    ApiServices.TYPE,
                    ObjectName.clusterWide(name),
                    present -> present.with("status", judged.object("status")));
        } catch (ApiException e) {
            LOG.log(Level.DEBUG, "an APIService changed meanwhile: " + e.getMessage());
        }
    }

    private record Problem(String reason, String message) {}

    /// Why nobody can answer, as far as the cluster knows.
    private static Optional<Problem> problem(JsonObject service, Snapshot<StoredObject> snapshot) {
        JsonObject reference = service.object("spec", "service");
        String namespace = reference.text("namespace");
        String name = reference.text("name");
        long port = reference.number(443, "port");
        String shown = "service/%s in \"%s\"".formatted(name, namespace);
        Optional<JsonObject> found =
                snapshot.get(StorageKeys.key(ResourceType.SERVICE, new ObjectName(namespace, name)))
                        .map(stored -> stored.value().tree());
        if (found.isEmpty()) {
            return Optional.of(new Problem("ServiceNotFound", shown + " is not present"));
        }
        if (!found.get().text("spec", "type").equals("ClusterIP")) {
            return Optional.empty();
        }
        Optional<Json> open =
                found.get().list("spec", "ports").stream()
                        .filter(each -> each.number(0, "port") == port)
                        .findFirst();
        if (open.isEmpty()) {
            return Optional.of(
                    new Problem("ServicePortError", shown + " is not listening on port " + port));
        }
        List<JsonObject> slices =
                snapshot.list(StorageKeys.prefix(ResourceType.ENDPOINT_SLICE, namespace)).stream()
                        .map(stored -> stored.value().tree())
                        .filter(slice ->
                                slice.text("metadata", "labels", "kubernetes.io/service-name")
                                        .equals(name))
                        .toList();
        if (slices.isEmpty()) {
            return Optional.of(
                    new Problem("EndpointsNotFound", "cannot find endpointslices for " + shown));
        }
        String portName = open.get().text("name");
        boolean isServed = slices.stream().anyMatch(slice -> serves(slice, portName));
        return isServed
                ? Optional.empty()
                : Optional.of(
                        new Problem(
                                "MissingEndpoints",
                                "endpointslices for %s have no addresses with port name \"%s\""
                                        .formatted(shown, portName)));
    }

    private static boolean serves(JsonObject slice, String portName) {
        boolean isReady =
                slice.list("endpoints").stream()
                        .anyMatch(each ->
                                !each.has("conditions", "ready")
                                        || each.flag("conditions", "ready"));
        return isReady
                && slice.list("ports").stream()
                        .anyMatch(each -> each.text("name").equals(portName));
    }

    private RemoteApi described(JsonObject service, GroupVersion at, JsonObject resources) {
        RemoteApi last = known.get(service.text("metadata", "name"));
        String schemas = "";
        JsonObject definitions = JsonObject.EMPTY;
        try {
            schemas =
                    get(service, "/openapi/v3")
                            .text("paths", "apis/" + at.apiVersion(), "serverRelativeURL");
            definitions =
                    last != null && !schemas.isEmpty() && last.schemas().equals(schemas)
                            ? last.definitions()
                            : get(service, "/openapi/v2");
        } catch (IOException e) {
            // A server may have no schemas to tell.
            LOG.log(Level.DEBUG, "no schemas of " + at.apiVersion() + ": " + e.getMessage());
        }
        return described(service, at, resources, schemas, definitions, true);
    }

    private static RemoteApi described(
            JsonObject service,
            GroupVersion at,
            JsonObject resources,
            String schemas,
            JsonObject definitions,
            boolean isCurrent) {
        return new RemoteApi(
                at,
                service.number(0, "spec", "groupPriorityMinimum"),
                service.number(0, "spec", "versionPriority"),
                resources,
                schemas,
                definitions,
                isCurrent);
    }

    private JsonObject get(JsonObject service, String path) throws IOException {
        String shown =
                "https://%s.%s.svc:%d%s"
                        .formatted(
                                service.text("spec", "service", "name"),
                                service.text("spec", "service", "namespace"),
                                service.number(443, "spec", "service", "port"),
                                path);
        UpstreamCalls.Reply reply;
        List<Map.Entry<String, String>> headers = new ArrayList<>(HEADERS);
        try {
            Upstream server = aggregation.upstream(service, path, ASKER);
            headers.addAll(server.identity());
            reply = calls.call("GET", () -> server, headers, new byte[0], TIMEOUT);
        } catch (IOException e) {
            throw new IOException(
                    "failing or missing response from %s: Get \"%s\": %s"
                            .formatted(shown, shown, e.getMessage()),
                    e);
        }
        if (!reply.isGood()) {
            throw new IOException(
                    "failing or missing response from %s: bad status from %s: %d"
                            .formatted(shown, shown, reply.code()));
        }
        try {
            return JsonReader.readObject(reply.body());
        } catch (JsonSyntaxException e) {
            throw new IOException("the answer is no JSON: " + e.getMessage(), e);
        }
    }
}
