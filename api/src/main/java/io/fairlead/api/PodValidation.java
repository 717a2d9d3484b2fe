package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules for the `spec` of pods and of pod templates.
final class PodValidation {
    private static final Set<String> FIELD_PATHS =
            Set.of(
                    "metadata.name",
                    "metadata.namespace",
                    "metadata.uid",
                    "metadata.labels",
                    "metadata.annotations",
                    "spec.nodeName",
                    "spec.serviceAccountName",
                    "status.hostIP",
                    "status.hostIPs",
                    "status.podIP",
                    "status.podIPs");
    private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc");

    private final String at;
    private final JsonObject spec;
    private final FieldErrors errors;
    private final Set<String> volumes = new HashSet<>();
    private final Set<String> containers = new HashSet<>();

    private PodValidation(String at, JsonObject spec, FieldErrors errors) {
        this.at = at;
        this.spec = spec;
        this.errors = errors;
    }

    /// @param at the path of the spec, such as `spec.template.spec`
    static void check(String at, JsonObject spec, FieldErrors errors) {
        PodValidation rules = new PodValidation(at, spec, errors);
        rules.volumes();
        if (spec.list("containers").isEmpty()) {
            errors.required(at + ".containers");
        }
        rules.containers("containers");
        rules.containers("initContainers");
        errors.oneOf(
                at + ".restartPolicy", spec.text("restartPolicy"), "Always", "OnFailure", "Never");
        errors.oneOf(
                at + ".dnsPolicy",
                spec.text("dnsPolicy"),
                "ClusterFirstWithHostNet",
                "ClusterFirst",
                "Default",
                "None");
        errors.labels(at + ".nodeSelector", spec.object("nodeSelector"));
        rules.names();
    }

    private void names() {
        String account = spec.text("serviceAccountName");
        if (!account.isEmpty()) {
            errors.invalid(at + ".serviceAccountName", account, Names.dnsSubdomainErrors(account));
        }
        String node = spec.text("nodeName");
        if (!node.isEmpty()) {
            errors.invalid(at + ".nodeName", node, Names.dnsSubdomainErrors(node));
        }
        for (String name : List.of("hostname", "subdomain")) {
            String value = spec.text(name);
            if (!value.isEmpty()) {
                errors.invalid(at + "." + name, value, Names.dnsLabelErrors(value));
            }
        }
        errors.notNegative(at, spec, "terminationGracePeriodSeconds");
        if (spec.has("activeDeadlineSeconds") && spec.number(0, "activeDeadlineSeconds") < 1) {
            errors.invalid(
                    at + ".activeDeadlineSeconds",
                    Json.of(spec.number(0, "activeDeadlineSeconds")),
                    "must be between 1 and 2147483647, inclusive");
        }
    }

    private void volumes() {
        List<Json> all = spec.list("volumes");
        for (int i = 0; i < all.size(); i++) {
            String field = at + ".volumes[" + i + "]";
            String name = all.get(i).text("name");
            if (name.isEmpty()) {
                errors.required(field + ".name");
            } else {
                errors.invalid(field + ".name", name, Names.dnsLabelErrors(name));
                if (!volumes.add(name)) {
                    errors.duplicate(field + ".name", Json.of(name));
                }
            }
            int sources = ((JsonObject) all.get(i)).size() - (all.get(i).has("name") ? 1 : 0);
            if (sources == 0) {
                errors.required(field, "must specify a volume type");
            } else if (sources > 1) {
                errors.forbidden(field, "may not specify more than 1 volume type");
            }
        }
    }

    private void containers(String kind) {
        List<Json> all = spec.list(kind);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof JsonObject container) {
                container(at + "." + kind + "[" + i + "]", container);
            }
        }
    }

    private void container(String field, JsonObject container) {
        String name = container.text("name");
        if (name.isEmpty()) {
            errors.required(field + ".name");
        } else {
            errors.invalid(field + ".name", name, Names.dnsLabelErrors(name));
            if (!containers.add(name)) {
                errors.duplicate(field + ".name", Json.of(name));
            }
        }
        if (container.text("image").isEmpty()) {
            errors.required(field + ".image");
        }
        for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
            if (container.has(probe)) {
                probe(field + "." + probe, container.object(probe), probe);
            }
        }
        ports(field, container.list("ports"));
        env(field, container.list("env"));
        mounts(field, container.list("volumeMounts"));
        errors.oneOf(
                field + ".imagePullPolicy",
                container.text("imagePullPolicy"),
                "Always",
                "IfNotPresent",
                "Never");
        resources(field + ".resources", container.object("resources"));
    }

    private void probe(String field, JsonObject probe, String kind) {
        List<String> handlers = HANDLERS.stream().filter(probe::has).toList();
        if (handlers.isEmpty()) {
            errors.required(field, "must specify a handler type");
        } else if (handlers.size() > 1) {
            errors.forbidden(
                    field + "." + handlers.get(1), "may not specify more than 1 handler type");
        }
        for (String name :
                List.of(
                        "initialDelaySeconds",
                        "timeoutSeconds",
                        "periodSeconds",
                        "successThreshold",
                        "failureThreshold")) {
            errors.notNegative(field, probe, name);
        }
        if (!kind.equals("readinessProbe") && probe.number(1, "successThreshold") != 1) {
            errors.invalid(
                    field + ".successThreshold",
                    Json.of(probe.number(1, "successThreshold")),
                    "must be 1");
        }
        if (probe.has("exec") && probe.list("exec", "command").isEmpty()) {
            errors.required(field + ".exec.command");
        }
        for (String handler : List.of("httpGet", "tcpSocket")) {
            if (probe.has(handler)) {
                errors.portOrName(
                        field + "." + handler + ".port",
                        probe.find(handler, "port").orElse(Json.of(0)));
            }
        }
        if (probe.has("httpGet")) {
            errors.oneOf(
                    field + ".httpGet.scheme", probe.text("httpGet", "scheme"), "HTTP", "HTTPS");
        }
        if (probe.has("grpc")) {
            errors.port(field + ".grpc.port", probe.number(0, "grpc", "port"));
        }
    }

    private void ports(String field, List<Json> ports) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            String here = field + ".ports[" + i + "]";
            Json port = ports.get(i);
            String name = port.text("name");
            if (!name.isEmpty()) {
                List<String> wrong = Names.portNameErrors(name);
                errors.invalid(here + ".name", name, wrong);
                if (wrong.isEmpty() && !names.add(name)) {
                    errors.duplicate(here + ".name", Json.of(name));
                }
            }
            if (port.number(0, "containerPort") == 0) {
                errors.required(here + ".containerPort");
            } else {
                errors.port(here + ".containerPort", port.number(0, "containerPort"));
            }
            if (port.number(0, "hostPort") != 0) {
                errors.port(here + ".hostPort", port.number(0, "hostPort"));
            }
            errors.oneOf(here + ".protocol", port.text("protocol"), "SCTP", "TCP", "UDP");
        }
    }

    private void env(String field, List<Json> env) {
        for (int i = 0; i < env.size(); i++) {
            String here = field + ".env[" + i + "]";
            String name = env.get(i).text("name");
            if (name.isEmpty()) {
                errors.required(here + ".name");
            } else {
                errors.invalid(here + ".name", name, Names.envNameErrors(name));
            }
            if (!env.get(i).has("valueFrom")) {
                continue;
            }
            String path = env.get(i).text("valueFrom", "fieldRef", "fieldPath");
            int bracket = path.indexOf('[');
            if (env.get(i).has("valueFrom", "fieldRef") && path.isEmpty()) {
                errors.required(here + ".valueFrom.fieldRef.fieldPath");
            } else if (!path.isEmpty()
                    && !FIELD_PATHS.contains(bracket < 0 ? path : path.substring(0, bracket))) {
                errors.invalid(
                        here + ".valueFrom.fieldRef.fieldPath",
                        path,
                        "error converting fieldPath: field label not supported: " + path);
            }
            if (env.get(i).object("valueFrom").isEmpty()) {
                errors.invalid(
                        here + ".valueFrom",
                        "",
                        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`,"
                                + " `secretKeyRef` or `fileKeyRef`");
            } else if (!env.get(i).text("value").isEmpty()) {
                errors.invalid(
                        here + ".valueFrom", "", "may not be specified when `value` is not empty");
            }
        }
    }

    private void mounts(String field, List<Json> mounts) {
        Set<String> paths = new HashSet<>();
        for (int i = 0; i < mounts.size(); i++) {
            String here = field + ".volumeMounts[" + i + "]";
            String name = mounts.get(i).text("name");
            String path = mounts.get(i).text("mountPath");
            if (name.isEmpty()) {
                errors.required(here + ".name");
            } else if (!volumes.contains(name)) {
                errors.notFound(here + ".name", name);
            }
            if (path.isEmpty()) {
                errors.required(here + ".mountPath");
            } else if (!paths.add(path)) {
                errors.invalid(here + ".mountPath", path, "must be unique");
            }
        }
    }

    private void resources(String field, JsonObject resources) {
        JsonObject limits = resources.object("limits");
        JsonObject requests = resources.object("requests");
        for (String group : List.of("limits", "requests")) {
            JsonObject amounts = resources.object(group);
            for (String name : amounts.names()) {
                if (Quantity.of(amounts.get(name)).sign() < 0) {
                    errors.invalid(
                            field + "." + group + "[" + name + "]",
                            amounts.text(name),
                            "must be greater than or equal to 0");
                }
            }
        }
        for (String name : requests.names()) {
            boolean limited = limits.contains(name);
            Quantity request = Quantity.of(requests.get(name));
            Quantity limit = Quantity.of(limits.get(name));
            if (limited && request.compareTo(limit) > 0) {
                errors.invalid(
                        field + ".requests",
                        request.toString(),
                        "must be less than or equal to %s limit of %s".formatted(name, limit));
            }
        }
    }
}
