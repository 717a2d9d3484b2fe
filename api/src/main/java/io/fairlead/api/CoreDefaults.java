package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.editEach;
import static io.fairlead.api.TreeEdits.orElse;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// What Kubernetes fills into objects of the core group, other than pods.
final class CoreDefaults {
    private CoreDefaults() {}

    static JsonObject apply(JsonObject object, String kind) {
        return switch (kind) {
            case "Pod" -> PodDefaults.pod(object);
            case "PodTemplate" -> edit(object, PodDefaults::spec, "template", "spec");
            case "ReplicationController" -> replicationController(object);
            case "Service" -> service(object);
            case "Endpoints" ->
                    editEach(
                            object,
                            subset ->
                                    editEach(
                                            subset,
                                            port -> orElse(port, "protocol", "TCP"),
                                            "ports"),
                            "subsets");
            case "Namespace" -> namespace(object);
            case "Secret" -> secret(object);
            case "PersistentVolume" -> persistentVolume(object);
            case "PersistentVolumeClaim" -> claim(object);
            case "LimitRange" -> editEach(object, CoreDefaults::limit, "spec", "limits");
            default -> object;
        };
    }

    static JsonObject claim(JsonObject claim) {
        JsonObject filled = edit(claim, spec -> orElse(spec, "volumeMode", "Filesystem"), "spec");
        return edit(filled, status -> orElse(status, "phase", "Pending"), "status");
    }

    private static JsonObject service(JsonObject service) {
        JsonObject filled = edit(service, CoreDefaults::serviceSpec, "spec");
        return editEach(
                filled,
                ingress ->
                        ingress.text("ip").isEmpty() ? ingress : orElse(ingress, "ipMode", "VIP"),
                "status",
                "loadBalancer",
                "ingress");
    }

    private static JsonObject serviceSpec(JsonObject spec) {
        JsonObject filled = orElse(spec, "sessionAffinity", "None");
        if (filled.text("sessionAffinity").equals("None")) {
            filled = filled.without("sessionAffinityConfig");
        }
        if (filled.text("sessionAffinity").equals("ClientIP")
                && !filled.has("sessionAffinityConfig", "clientIP", "timeoutSeconds")) {
            filled =
                    filled.withAt(
                            Json.of(10800), "sessionAffinityConfig", "clientIP", "timeoutSeconds");
        }
        filled = orElse(filled, "type", "ClusterIP");
        filled = editEach(filled, CoreDefaults::servicePort, "ports");
        String type = filled.text("type");
        if (!type.equals("ExternalName")) {
            filled = orElse(filled, "internalTrafficPolicy", "Cluster");
        }
        if (type.equals("NodePort")
                || type.equals("LoadBalancer")
                || (type.equals("ClusterIP") && !filled.list("externalIPs").isEmpty())) {
            filled = orElse(filled, "externalTrafficPolicy", "Cluster");
        }
        return type.equals("LoadBalancer")
                ? orElse(filled, "allocateLoadBalancerNodePorts", Json.of(true))
                : filled;
    }

    private static JsonObject servicePort(JsonObject port) {
        JsonObject filled = orElse(port, "protocol", "TCP");
        Json target = filled.get("targetPort");
        boolean unset =
                target == null
                        || target instanceof JsonNull
                        || target.equals(Json.of(0))
                        || target.equals(Json.of(""));
        return unset ? filled.with("targetPort", Json.of(port.number(0, "port"))) : filled;
    }

    private static JsonObject namespace(JsonObject namespace) {
        JsonObject filled =
                namespace.text("metadata", "name").isEmpty()
                        ? namespace
                        : namespace.withAt(
                                Json.of(namespace.text("metadata", "name")),
                                "metadata",
                                "labels",
                                "kubernetes.io/metadata.name");
        return edit(filled, status -> orElse(status, "phase", "Active"), "status");
    }

    /// Texts are written as data, which then is all there is.
    private static JsonObject secret(JsonObject secret) {
        JsonObject filled = orElse(secret, "type", "Opaque");
        for (String name : secret.object("stringData").names()) {
            String text = secret.text("stringData", name);
            String encoded =
                    Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
            filled = filled.withAt(Json.of(encoded), "data", name);
        }
        return filled.without("stringData");
    }

    private static JsonObject persistentVolume(JsonObject volume) {
        JsonObject filled =
                edit(
                        volume,
                        spec ->
                                orElse(
                                        orElse(spec, "volumeMode", "Filesystem"),
                                        "persistentVolumeReclaimPolicy",
                                        "Retain"),
                        "spec");
        filled =
                edit(
                        filled,
                        path -> path.contains("type") ? path : path.with("type", ""),
                        "spec",
                        "hostPath");
        return edit(filled, status -> orElse(status, "phase", "Pending"), "status");
    }

    private static JsonObject limit(JsonObject limit) {
        if (!limit.text("type").equals("Container")) {
            return limit;
        }
        JsonObject filled = limit;
        filled = fillFrom(filled, "default", limit.object("max"));
        filled = fillFrom(filled, "defaultRequest", filled.object("default"));
        return fillFrom(filled, "defaultRequest", limit.object("min"));
    }

    private static JsonObject fillFrom(JsonObject limit, String name, JsonObject source) {
        JsonObject filled = limit.object(name);
        for (String resource : source.names()) {
            Json value = source.get(resource);
            if (value != null) {
                filled = orElse(filled, resource, value);
            }
        }
        return filled.isEmpty() ? limit : limit.with(name, filled);
    }

    private static JsonObject replicationController(JsonObject controller) {
        JsonObject labels = controller.object("spec", "template", "metadata", "labels");
        JsonObject filled = edit(controller, PodDefaults::spec, "spec", "template", "spec");
        filled = edit(filled, CoreDefaults::replicationControllerSpec, "spec");
        if (labels.isEmpty()) {
            return filled;
        }
        if (filled.object("spec", "selector").isEmpty()) {
            filled = filled.withAt(labels, "spec", "selector");
        }
        return filled.object("metadata", "labels").isEmpty()
                ? filled.withAt(labels, "metadata", "labels")
                : filled;
    }

    /// The schema's default of zero seconds is one that Kubernetes does not write out.
    private static JsonObject replicationControllerSpec(JsonObject spec) {
        JsonObject filled = orElse(spec, "replicas", 1);
        return filled.number(0, "minReadySeconds") == 0
                ? filled.without("minReadySeconds")
                : filled;
    }
}
