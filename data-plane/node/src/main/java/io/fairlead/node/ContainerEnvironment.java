package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The environment variables of a container, from everything that may set them: literals, ConfigMaps, Secrets, fields of the pod,
/// resources, Services.
final class ContainerEnvironment {
    /// Reads an object that a pod refers to.
    @FunctionalInterface
    interface ObjectLookup {
        /// Empty when there is no such object.
        Optional<JsonObject> find(ResourceType type, ObjectName name);
    }

    private final AssignedPod pod;
    private final DownwardFields fields;
    private final ObjectLookup objects;
    private final Map<String, String> services;

    ContainerEnvironment(
            AssignedPod pod,
            DownwardFields fields,
            ObjectLookup objects,
            Map<String, String> services) {
        this.pod = pod;
        this.fields = fields;
        this.objects = objects;
        this.services = services;
    }

    /// The variables in Kubernetes' order of precedence: `env`, then `envFrom`, then Services.
    ///
    /// @throws ConfigurationException when a ConfigMap, Secret, key or field is missing that is not optional
    Map<String, String> of(ContainerSpec container) throws ConfigurationException {
        Map<String, String> own = new LinkedHashMap<>();
        for (Json source : container.tree().list("envFrom")) {
            addAll(source, own);
        }
        Map<String, String> known = new LinkedHashMap<>(services);
        known.putAll(own);
        for (Json variable : container.tree().list("env")) {
            String name = variable.text("name");
            Optional<String> value =
                    variable.has("valueFrom")
                            ? referenced(container, variable.object("valueFrom"))
                            : Optional.of(VariableExpansion.expand(variable.text("value"), known));
            if (value.isPresent()) {
                known.put(name, value.get());
                own.put(name, value.get());
            }
        }
        services.forEach(own::putIfAbsent);
        return own;
    }

    private void addAll(Json source, Map<String, String> variables) throws ConfigurationException {
        String prefix = source.text("prefix");
        JsonObject configMap = source.object("configMapRef");
        JsonObject secret = source.object("secretRef");
        if (source.has("configMapRef")) {
            Optional<JsonObject> found = required(ResourceType.CONFIG_MAP, configMap);
            found.ifPresent(object ->
                    object.texts("data")
                            .forEach((key, value) -> variables.put(prefix + key, value)));
        } else if (source.has("secretRef")) {
            Optional<JsonObject> found = required(ResourceType.SECRET, secret);
            found.ifPresent(object ->
                    ObjectContents.secret(object)
                            .forEach((key, value) ->
                                    variables.put(prefix + key, ObjectContents.text(value))));
        }
    }

    private Optional<String> referenced(ContainerSpec container, JsonObject from)
            throws ConfigurationException {
        if (from.has("fieldRef")) {
            return Optional.of(fields.field(from.text("fieldRef", "fieldPath")));
        }
        if (from.has("resourceFieldRef")) {
            return Optional.of(fields.resource(container, from.object("resourceFieldRef")));
        }
        if (from.has("configMapKeyRef")) {
            JsonObject reference = from.object("configMapKeyRef");
            Optional<JsonObject> found = required(ResourceType.CONFIG_MAP, reference);
            return key(
                    reference,
                    found.map(object -> object.texts("data").get(reference.text("key"))),
                    found.isPresent(),
                    "ConfigMap");
        }
        JsonObject reference = from.object("secretKeyRef");
        Optional<JsonObject> found = required(ResourceType.SECRET, reference);
        return key(
                reference,
                found.map(object -> ObjectContents.secret(object).get(reference.text("key")))
                        .map(ObjectContents::text),
                found.isPresent(),
                "Secret");
    }

    private Optional<String> key(
            JsonObject reference, Optional<String> value, boolean objectExists, String kind)
            throws ConfigurationException {
        if (value.isEmpty() && objectExists && !reference.flag("optional")) {
            throw new ConfigurationException(
                    "couldn't find key %s in %s %s/%s"
                            .formatted(
                                    reference.text("key"),
                                    kind,
                                    pod.namespace(),
                                    reference.text("name")));
        }
        return value;
    }

    private Optional<JsonObject> required(ResourceType type, JsonObject reference)
            throws ConfigurationException {
        String name = reference.text("name");
        Optional<JsonObject> found = objects.find(type, new ObjectName(pod.namespace(), name));
        if (found.isEmpty() && !reference.flag("optional")) {
            String kind = type.equals(ResourceType.SECRET) ? "secret" : "configmap";
            throw new ConfigurationException(kind + " \"" + name + "\" not found");
        }
        return found;
    }
}
