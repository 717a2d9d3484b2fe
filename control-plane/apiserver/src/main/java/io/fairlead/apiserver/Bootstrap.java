package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.BootstrapObjects;
import io.fairlead.api.BootstrapPolicy;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Makes what every cluster has from its first second on: the first namespaces, the range of Service addresses, the roles, and Service `kubernetes`.
/// What is there already is left alone, but for the endpoints, which follow the server.
final class Bootstrap {
    private static final List<String> NAMESPACES =
            List.of("default", "kube-system", "kube-public", "kube-node-lease");
    private static final String DEFAULT = "default";
    private static final String KUBERNETES = "kubernetes";
    private static final User OWN = User.of("system:apiserver", User.MASTERS);
    private static final String MANAGER = "kube-apiserver";
    private static final ObjectName SERVICE = new ObjectName(DEFAULT, KUBERNETES);

    private final ObjectWriter writer;
    private final ObjectStore store;
    private final Transport transport;
    private final ApiServerSettings settings;
    private final InstantSource clock;
    private final JsonObject introduction;

    /// @param introduction how aggregated API servers know this one
    Bootstrap(
            ObjectWriter writer,
            ObjectStore store,
            Transport transport,
            ApiServerSettings settings,
            InstantSource clock,
            JsonObject introduction) {
        this.introduction = introduction;
        this.writer = writer;
        this.store = store;
        this.transport = transport;
        this.settings = settings;
        this.clock = clock;
    }

    // Two transactions, because the objects of the second live in the namespaces of the first. A
    // start that finds everything writes nothing.
    void run() {
        boolean isFirst = store.snapshot().count("") == 0;
        List<JsonObject> first = new ArrayList<>();
        for (String namespace : NAMESPACES) {
            first.add(named(ResourceType.NAMESPACE, namespace, JsonObject.EMPTY));
        }
        first.add(range());
        ensure(first);
        List<JsonObject> second = new ArrayList<>(BootstrapPolicy.objects());
        second.add(Aggregation.configMap(introduction));
        ApiCatalog.builtIn().groupVersions().stream()
                .filter(at -> !at.group().equals(ApiServices.TYPE.group()))
                .map(ApiServices::own)
                .forEach(second::add);
        ensure(second);
        introduce();
        restoreService();
        if (isFirst) {
            // Nobody has seen how the first objects came, so nobody can ask for it.
            store.store().compact(store.snapshot().revision());
        }
    }

    // The authorities may be new ones.
    private void introduce() {
        String path = ResourceType.CONFIG_MAP.path(Aggregation.INTRODUCTION);
        JsonObject present = transport.send(ApiRequest.get(path));
        if (!present.object("data").equals(introduction)) {
            transport.send(ApiRequest.put(path, present.with("data", introduction)));
        }
    }

    private void ensure(List<JsonObject> objects) {
        writer.createMissing(objects.stream().map(this::wanted).toList());
    }

    private ObjectWriter.Wanted wanted(JsonObject object) {
        ApiResource resource =
                ApiCatalog.builtIn()
                        .ofKind(object.text("apiVersion"), object.text("kind"))
                        .orElseThrow();
        Write write =
                new Write(
                        OWN,
                        resource,
                        Write.Part.MAIN,
                        store.snapshot(),
                        clock.instant(),
                        MANAGER,
                        false,
                        new ArrayList<>(),
                        Optional.empty());
        return new ObjectWriter.Wanted(object, write);
    }

    /// Brings Service `kubernetes` and its endpoints back, as they must be.
    void restoreService() {
        ensure(List.of(service()));
        keep(ResourceType.ENDPOINTS, endpoints(), "subsets");
        keep(ResourceType.ENDPOINT_SLICE, slice(), "endpoints", "ports");
    }

    /// Brings those objects back that say how requests share the server.
    void restoreSharing() {
        ensure(Sharing.OBJECTS);
    }

    // Looked for after every change of them, so they are read once.
    private static final class Sharing {
        private static final List<JsonObject> OBJECTS =
                Stream.of("FlowSchema", "PriorityLevelConfiguration")
                        .flatMap(kind -> BootstrapObjects.ofKind(kind).stream())
                        .toList();
    }

    private void keep(ResourceType type, JsonObject wanted, String... members) {
        JsonObject present;
        try {
            present = transport.send(ApiRequest.get(type.path(SERVICE)));
        } catch (ApiException e) {
            if (!e.isNotFound()) {
                throw e;
            }
            create(type, DEFAULT, wanted);
            return;
        }
        JsonObject mended = present;
        for (String member : members) {
            mended = mended.with(member, new JsonArray(wanted.list(member)));
        }
        for (var label : wanted.texts("metadata", "labels").entrySet()) {
            mended = mended.withAt(Json.of(label.getValue()), "metadata", "labels", label.getKey());
        }
        if (!mended.equals(present)) {
            transport.send(ApiRequest.put(type.path(SERVICE), mended));
        }
    }

    private void create(ResourceType type, String namespace, JsonObject object) {
        try {
            transport.send(ApiRequest.post(type.collectionPath(namespace), object));
        } catch (ApiException e) {
            // Another server was faster.
            if (!e.isConflict()) {
                throw e;
            }
        }
    }

    private JsonObject range() {
        return named(ServiceAddresses.SERVICE_CIDR, KUBERNETES, JsonObject.EMPTY)
                .with(
                        "spec",
                        JsonObject.of(
                                "cidrs",
                                JsonArray.from(
                                        settings.serviceRanges().list(),
                                        range -> Json.of(range.toString()))));
    }

    private JsonObject service() {
        JsonObject labels =
                JsonObject.of("component", Json.of("apiserver"), "provider", Json.of(KUBERNETES));
        JsonObject port =
                port().with("port", Json.of(443))
                        .with("targetPort", Json.of(settings.advertised().getPort()));
        return named(ResourceType.SERVICE, KUBERNETES, labels)
                .with(
                        "spec",
                        JsonObject.of(
                                "clusterIP",
                                Json.of(IpAddress.of(settings.serviceAddress()).toString()),
                                "ipFamilyPolicy",
                                Json.of("SingleStack"),
                                "ports",
                                JsonArray.of(port)));
    }

    private JsonObject endpoints() {
        JsonObject labels =
                JsonObject.of("endpointslice.kubernetes.io/skip-mirror", Json.of("true"));
        JsonObject subset =
                JsonObject.of(
                        "addresses",
                        JsonArray.of(JsonObject.of("ip", Json.of(address()))),
                        "ports",
                        JsonArray.of(port()));
        return named(ResourceType.ENDPOINTS, KUBERNETES, labels)
                .with("subsets", JsonArray.of(subset));
    }

    private JsonObject slice() {
        JsonObject labels = JsonObject.of("kubernetes.io/service-name", Json.of(KUBERNETES));
        JsonObject endpoint =
                JsonObject.of(
                        "addresses",
                        JsonArray.of(Json.of(address())),
                        "conditions",
                        JsonObject.of("ready", Json.of(true)));
        return named(ResourceType.ENDPOINT_SLICE, KUBERNETES, labels)
                .with("addressType", advertised().family().toString())
                .with("endpoints", JsonArray.of(endpoint))
                .with("ports", JsonArray.of(port()));
    }

    private JsonObject port() {
        return JsonObject.of(
                "name",
                Json.of("https"),
                "port",
                Json.of(settings.advertised().getPort()),
                "protocol",
                Json.of("TCP"));
    }

    private String address() {
        return advertised().toString();
    }

    private IpAddress advertised() {
        return IpAddress.of(settings.advertised().getAddress());
    }

    private static JsonObject named(ResourceType type, String name, JsonObject labels) {
        return JsonObject.builder()
                .put("kind", type.kind())
                .put("apiVersion", type.apiVersion())
                .put(
                        "metadata",
                        JsonObject.builder()
                                .put("name", name)
                                .putUnlessEmpty("namespace", type.isNamespaced() ? DEFAULT : "")
                                .putUnlessEmpty("labels", labels)
                                .build())
                .build();
    }
}
