package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.editEach;
import static io.fairlead.api.TreeEdits.orElse;

import java.util.List;
import java.util.regex.Pattern;

/// What Kubernetes fills into pods and pod templates.
final class PodDefaults {
    private static final List<String> CONTAINERS =
            List.of("initContainers", "containers", "ephemeralContainers");
    private static final List<String> PROBES =
            List.of("livenessProbe", "readinessProbe", "startupProbe");
    private static final List<String> WITH_MODE =
            List.of("configMap", "secret", "projected", "downwardAPI");

    private static final Pattern REFERENCE =
            Pattern.compile(
                    "(?:[A-Za-z0-9.:-]+/)?[a-z0-9._/-]+(?::[\\w.-]{1,128})?(?:@[\\w:+.-]+)?");

    private PodDefaults() {}

    static JsonObject pod(JsonObject pod) {
        JsonObject filled =
                edit(
                        pod,
                        spec -> requests(orElse(spec(spec), "enableServiceLinks", Json.of(true))),
                        "spec");
        filled = edit(filled, status -> orElse(status, "phase", "Pending"), "status");
        return filled.text("status", "qosClass").isEmpty()
                ? filled.withAt(Json.of(qosClass(filled)), "status", "qosClass")
                : filled;
    }

    /// The `spec` of a pod or of a template.
    static JsonObject spec(JsonObject spec) {
        JsonObject filled = orElse(spec, "restartPolicy", "Always");
        filled = orElse(filled, "dnsPolicy", "ClusterFirst");
        filled = orElse(filled, "schedulerName", "default-scheduler");
        filled = orElse(filled, "securityContext", JsonObject.EMPTY);
        filled = orElse(filled, "terminationGracePeriodSeconds", 30);
        if (filled.number(0, "terminationGracePeriodSeconds") < 0) {
            filled = filled.with("terminationGracePeriodSeconds", Json.of(1));
        }
        String account = filled.text("serviceAccountName");
        if (!account.isEmpty()) {
            filled = filled.with("serviceAccount", account);
        } else if (!filled.text("serviceAccount").isEmpty()) {
            filled = filled.with("serviceAccountName", filled.text("serviceAccount"));
        }
        boolean hostNetwork = filled.flag("hostNetwork");
        for (String containers : CONTAINERS) {
            filled = editEach(filled, PodDefaults::container, containers);
            if (hostNetwork) {
                filled = editEach(filled, PodDefaults::hostPorts, containers);
            }
        }
        return editEach(filled, PodDefaults::volume, "volumes");
    }

    /// `BestEffort` without any request or limit, `Guaranteed` when each container limits processor and memory to what it
    /// requests, else `Burstable`.
    static String qosClass(JsonObject pod) {
        boolean any = false;
        boolean guaranteed = true;
        for (String kind : List.of("containers", "initContainers")) {
            for (Json container : pod.list("spec", kind)) {
                for (String resource : List.of("cpu", "memory")) {
                    Quantity request = quantity(container, "requests", resource);
                    Quantity limit = quantity(container, "limits", resource);
                    any |= !request.isZero() || !limit.isZero();
                    guaranteed &= !limit.isZero() && request.equals(limit);
                }
            }
        }
        if (!any) {
            return "BestEffort";
        }
        return guaranteed ? "Guaranteed" : "Burstable";
    }

    private static Quantity quantity(Json container, String group, String resource) {
        return Quantity.of(container.object("resources", group).get(resource));
    }

    /// A limit without a request requests as much. Only pods do this, not their templates.
    private static JsonObject requests(JsonObject spec) {
        JsonObject filled = spec;
        for (String containers : List.of("containers", "initContainers")) {
            filled =
                    editEach(
                            filled,
                            container -> {
                                JsonObject limits = container.object("resources", "limits");
                                JsonObject requests = container.object("resources", "requests");
                                for (String name : limits.names()) {
                                    Json limit = limits.get(name);
                                    if (limit != null) {
                                        requests = orElse(requests, name, limit);
                                    }
                                }
                                return requests.isEmpty()
                                        ? container
                                        : container.withAt(requests, "resources", "requests");
                            },
                            containers);
        }
        return filled;
    }

    private static JsonObject container(JsonObject container) {
        JsonObject filled =
                orElse(container, "imagePullPolicy", pullPolicy(container.text("image")));
        filled = orElse(filled, "terminationMessagePath", "/dev/termination-log");
        filled = orElse(filled, "terminationMessagePolicy", "File");
        filled = editEach(filled, port -> orElse(port, "protocol", "TCP"), "ports");
        filled = editEach(filled, PodDefaults::source, "env");
        for (String probe : PROBES) {
            filled = edit(filled, PodDefaults::probe, probe);
        }
        filled = edit(filled, PodDefaults::httpGet, "lifecycle", "postStart", "httpGet");
        return edit(filled, PodDefaults::httpGet, "lifecycle", "preStop", "httpGet");
    }

    private static JsonObject hostPorts(JsonObject container) {
        return editEach(
                container,
                port -> orElse(port, "hostPort", port.number(0, "containerPort")),
                "ports");
    }

    /// An image without a tag, or with `latest`, may change under its name, so it is pulled each time.
    private static String pullPolicy(String image) {
        if (image.isEmpty() || image.length() > 255 || !REFERENCE.matcher(image).matches()) {
            return "IfNotPresent";
        }
        if (image.contains("@")) {
            return "IfNotPresent";
        }
        int colon = image.lastIndexOf(':');
        boolean tagged = colon > image.lastIndexOf('/');
        return !tagged || image.endsWith(":latest") ? "Always" : "IfNotPresent";
    }

    private static JsonObject source(JsonObject env) {
        JsonObject filled =
                edit(env, field -> orElse(field, "apiVersion", "v1"), "valueFrom", "fieldRef");
        return edit(
                filled, field -> orElse(field, "divisor", "0"), "valueFrom", "resourceFieldRef");
    }

    private static JsonObject probe(JsonObject probe) {
        JsonObject filled = orElse(probe, "timeoutSeconds", 1);
        filled = orElse(filled, "periodSeconds", 10);
        filled = orElse(filled, "successThreshold", 1);
        filled = orElse(filled, "failureThreshold", 3);
        filled =
                edit(
                        filled,
                        grpc -> grpc.contains("service") ? grpc : grpc.with("service", ""),
                        "grpc");
        return edit(filled, PodDefaults::httpGet, "httpGet");
    }

    private static JsonObject httpGet(JsonObject action) {
        return orElse(orElse(action, "path", "/"), "scheme", "HTTP");
    }

    private static JsonObject volume(JsonObject volume) {
        JsonObject filled = volume;
        if (volume.size() <= 1) {
            filled = volume.with("emptyDir", JsonObject.EMPTY);
        }
        for (String source : WITH_MODE) {
            filled = edit(filled, object -> orElse(object, "defaultMode", 420), source);
        }
        filled =
                edit(
                        filled,
                        path -> path.contains("type") ? path : path.with("type", ""),
                        "hostPath");
        filled = editEach(filled, PodDefaults::downwardItem, "downwardAPI", "items");
        filled =
                edit(
                        filled,
                        image -> orElse(image, "pullPolicy", pullPolicy(image.text("reference"))),
                        "image");
        filled =
                edit(
                        filled,
                        claim ->
                                edit(
                                        claim,
                                        spec -> orElse(spec, "volumeMode", "Filesystem"),
                                        "spec"),
                        "ephemeral",
                        "volumeClaimTemplate");
        return editEach(filled, PodDefaults::projection, "projected", "sources");
    }

    private static JsonObject projection(JsonObject source) {
        JsonObject filled =
                edit(
                        source,
                        token -> orElse(token, "expirationSeconds", 3600),
                        "serviceAccountToken");
        return editEach(filled, PodDefaults::downwardItem, "downwardAPI", "items");
    }

    private static JsonObject downwardItem(JsonObject item) {
        JsonObject filled = edit(item, field -> orElse(field, "apiVersion", "v1"), "fieldRef");
        return edit(filled, field -> orElse(field, "divisor", "0"), "resourceFieldRef");
    }
}
