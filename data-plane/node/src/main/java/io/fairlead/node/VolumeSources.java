package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Which files a volume shows that is made from API objects: `configMap`, `secret`, `downwardAPI`, `projected`.
final class VolumeSources {
    /// Of a token that is not root's: nobody else's.
    private static final int TOKEN_OF_OTHERS = 0600;

    private static final long DEFAULT_MODE = 0644;
    private static final List<String> SOURCES =
            List.of("configMap", "secret", "downwardAPI", "serviceAccountToken");

    /// Asks for a token that is bound to the pod.
    interface TokenSource {
        Token token(AssignedPod pod, String audience, long lifetimeSeconds);
    }

    /// @param renewAt when it should be replaced, well before it expires
    record Token(String text, Instant renewAt) {}

    /// What a volume should hold now.
    ///
    /// @param renewAt when it must be computed again though no object has changed
    record Files(Map<String, AtomicDirectory.Content> contents, Optional<Instant> renewAt) {}

    private final AssignedPod pod;
    private final DownwardFields fields;
    private final ContainerEnvironment.ObjectLookup objects;
    private final TokenSource tokens;
    private final Map<String, AtomicDirectory.Content> contents = new LinkedHashMap<>();
    private Optional<Instant> renewAt = Optional.empty();

    private VolumeSources(
            AssignedPod pod,
            DownwardFields fields,
            ContainerEnvironment.ObjectLookup objects,
            TokenSource tokens) {
        this.pod = pod;
        this.fields = fields;
        this.objects = objects;
        this.tokens = tokens;
    }

    /// Whether the volume is made from API objects.
    static boolean isOfObjects(Json volume) {
        return volume.has("configMap")
                || volume.has("secret")
                || volume.has("downwardAPI")
                || volume.has("projected");
    }

    /// @throws ConfigurationException when an object, key or field is missing that is not optional
    static Files of(
            Json volume,
            AssignedPod pod,
            DownwardFields fields,
            ContainerEnvironment.ObjectLookup objects,
            TokenSource tokens)
            throws ConfigurationException {
        VolumeSources sources = new VolumeSources(pod, fields, objects, tokens);
        if (volume.has("projected")) {
            long mode = volume.number(DEFAULT_MODE, "projected", "defaultMode");
            for (Json source : volume.list("projected", "sources")) {
                sources.addAny(source, mode);
            }
        } else {
            sources.addAny(volume, DEFAULT_MODE);
        }
        return new Files(sources.contents, sources.renewAt);
    }

    /// The ConfigMaps and Secrets that a pod's volumes show.
    static Set<Map.Entry<ResourceType, ObjectName>> referenced(AssignedPod pod) {
        Set<Map.Entry<ResourceType, ObjectName>> all = new LinkedHashSet<>();
        for (Json volume : pod.spec().list("volumes")) {
            addReferences(volume, pod, all);
            for (Json source : volume.list("projected", "sources")) {
                addReferences(source, pod, all);
            }
        }
        return all;
    }

    private static void addReferences(
            Json source, AssignedPod pod, Set<Map.Entry<ResourceType, ObjectName>> to) {
        if (source.has("configMap")) {
            String name = source.text("configMap", "name");
            to.add(Map.entry(ResourceType.CONFIG_MAP, new ObjectName(pod.namespace(), name)));
        }
        if (source.has("secret")) {
            to.add(
                    Map.entry(
                            ResourceType.SECRET,
                            new ObjectName(pod.namespace(), secretName(source.object("secret")))));
        }
    }

    private void addAny(Json source, long mode) throws ConfigurationException {
        for (String kind : SOURCES) {
            if (source.has(kind)) {
                add(kind, source.object(kind), mode);
            }
        }
    }

    private void add(String kind, JsonObject source, long outerMode) throws ConfigurationException {
        long mode = source.number(outerMode, "defaultMode");
        switch (kind) {
            case "configMap" -> {
                ObjectName name = new ObjectName(pod.namespace(), source.text("name"));
                Optional<JsonObject> found = objects.find(ResourceType.CONFIG_MAP, name);
                Optional<Map<String, byte[]>> data = found.map(ObjectContents::configMap);
                addKeys("configmap", name.name(), source, data, mode);
            }
            case "secret" -> {
                ObjectName name = new ObjectName(pod.namespace(), secretName(source));
                Optional<JsonObject> found = objects.find(ResourceType.SECRET, name);
                Optional<Map<String, byte[]>> data = found.map(ObjectContents::secret);
                addKeys("secret", name.name(), source, data, mode);
            }
            case "downwardAPI" -> {
                for (Json item : source.list("items")) {
                    put(item, downward(item).getBytes(StandardCharsets.UTF_8), mode);
                }
            }
            default -> addToken(source, mode);
        }
    }

    private void addKeys(
            String what,
            String name,
            JsonObject source,
            Optional<Map<String, byte[]>> data,
            long mode)
            throws ConfigurationException {
        boolean isOptional = source.flag("optional");
        if (data.isEmpty()) {
            if (isOptional) {
                return;
            }
            throw new ConfigurationException("%s \"%s\" not found".formatted(what, name));
        }
        List<Json> items = source.list("items");
        if (items.isEmpty()) {
            data.get()
                    .forEach((key, value) ->
                            contents.put(key, new AtomicDirectory.Content(value, (int) mode)));
        }
        for (Json item : items) {
            byte[] value = data.get().get(item.text("key"));
            if (value != null) {
                put(item, value, mode);
            } else if (!isOptional) {
                throw new ConfigurationException(
                        "%s references non-existent key: %s".formatted(what, item.text("key")));
            }
        }
    }

    private String downward(Json item) throws ConfigurationException {
        if (item.has("fieldRef")) {
            return fields.field(item.text("fieldRef", "fieldPath"));
        }
        JsonObject reference = item.object("resourceFieldRef");
        ContainerSpec container =
                pod.container(reference.text("containerName"))
                        .orElseThrow(() ->
                                new ConfigurationException(
                                        "container "
                                                + reference.text("containerName")
                                                + " not found"));
        return fields.resource(container, reference);
    }

    private void addToken(JsonObject source, long mode) {
        Token token =
                tokens.token(
                        pod, source.text("audience"), source.number(3600, "expirationSeconds"));
        OptionalInt user = pod.onlyUser();
        boolean isOthers = user.isPresent() || pod.spec().has("securityContext", "fsGroup");
        contents.put(
                source.text("path"),
                new AtomicDirectory.Content(
                        token.text().getBytes(StandardCharsets.UTF_8),
                        isOthers ? TOKEN_OF_OTHERS : (int) mode,
                        user.orElse(0)));
        boolean isEarlier = renewAt.isEmpty() || token.renewAt().isBefore(renewAt.get());
        if (isEarlier) {
            renewAt = Optional.of(token.renewAt());
        }
    }

    private void put(Json item, byte[] value, long mode) {
        int own = (int) item.number(mode, "mode");
        contents.put(item.text("path"), new AtomicDirectory.Content(value, own));
    }

    // Volumes call it secretName, projected sources name.
    private static String secretName(JsonObject source) {
        String name = source.text("secretName");
        return name.isEmpty() ? source.text("name") : name;
    }
}
