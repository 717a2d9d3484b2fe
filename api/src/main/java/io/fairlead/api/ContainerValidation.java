package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules for the containers of a pod, as far as they concern more than one field.
final class ContainerValidation {
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

    private final String at;
    private final JsonObject spec;
    private final FieldErrors errors;
    private final Set<String> volumes;
    private final Set<String> names = new HashSet<>();
    private final Set<String> hostPorts = new HashSet<>();

    private ContainerValidation(
            String at, JsonObject spec, Set<String> volumes, FieldErrors errors) {
        this.at = at;
        this.spec = spec;
        this.volumes = volumes;
        this.errors = errors;
    }

    /// @param at the path of the pod's spec
    /// @param volumes the names that mounts may refer to
    static void check(String at, JsonObject spec, Set<String> volumes, FieldErrors errors) {
        ContainerValidation rules = new ContainerValidation(at, spec, volumes, errors);
        rules.containers("containers");
        rules.hostPorts.clear();
        rules.containers("initContainers");
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
            if (!names.add(name)) {
                errors.duplicate(field + ".name", Json.of(name));
            }
        }
        if (container.text("image").isEmpty()) {
            errors.required(field + ".image");
        }
        HandlerValidation.check(
                field, container, spec.number(30, "terminationGracePeriodSeconds"), errors);
        sidecar(field, container);
        PodValidation.profiles(
                field + ".securityContext", container.object("securityContext"), errors);
        envFrom(field + ".envFrom", container.list("envFrom"));
        resizePolicy(field + ".resizePolicy", container.list("resizePolicy"));
        ports(field, container.list("ports"));
        env(field, container.list("env"));
        mounts(field, container.list("volumeMounts"));
        errors.oneOf(
                field + ".imagePullPolicy",
                container.text("imagePullPolicy"),
                "Always",
                "IfNotPresent",
                "Never");
        ResourceValidation.check(field + ".resources", container.object("resources"), errors);
    }

    private void ports(String field, List<Json> ports) {
        Set<String> portNames = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            String here = field + ".ports[" + i + "]";
            Json port = ports.get(i);
            String name = port.text("name");
            if (!name.isEmpty()) {
                List<String> wrong = Names.portNameErrors(name);
                errors.invalid(here + ".name", name, wrong);
                if (wrong.isEmpty() && !portNames.add(name)) {
                    errors.duplicate(here + ".name", Json.of(name));
                }
            }
            if (port.number(0, "containerPort") == 0) {
                errors.required(here + ".containerPort");
            } else {
                errors.port(here + ".containerPort", port.number(0, "containerPort"));
            }
            hostPort(here + ".hostPort", port);
            errors.oneOf(here + ".protocol", port.text("protocol"), "SCTP", "TCP", "UDP");
        }
    }

    private void hostPort(String field, Json port) {
        long number = port.number(0, "hostPort");
        if (number == 0) {
            return;
        }
        errors.port(field, number);
        if (spec.flag("hostNetwork") && number != port.number(0, "containerPort")) {
            errors.invalid(
                    field,
                    Json.of(number),
                    "must match `containerPort` when `hostNetwork` is true");
        }
        String socket = "%s/%s/%d".formatted(port.text("protocol"), port.text("hostIP"), number);
        if (!hostPorts.add(socket)) {
            errors.duplicate(field, Json.of(socket));
        }
    }

    /// Only what runs beside the pod's own containers restarts, is probed and is told when to stop.
    private void sidecar(String field, JsonObject container) {
        if (!field.contains(".initContainers[")) {
            return;
        }
        if (container.has("restartPolicy")) {
            errors.oneOf(
                    field + ".restartPolicy",
                    container.text("restartPolicy"),
                    "Always",
                    "Never",
                    "OnFailure");
        }
        if (!container.text("restartPolicy").equals("Always")) {
            for (String name :
                    List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")) {
                if (container.has(name)) {
                    errors.forbidden(
                            field + "." + name,
                            "may not be set for init containers without restartPolicy=Always");
                }
            }
        }
    }

    private void envFrom(String field, List<Json> sources) {
        for (Json source : sources) {
            boolean both = source.has("configMapRef") && source.has("secretRef");
            if (both) {
                errors.invalid(field, "", "may not have more than one field specified at a time");
            } else if (!source.has("configMapRef") && !source.has("secretRef")) {
                errors.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`");
            }
        }
    }

    private void resizePolicy(String field, List<Json> policies) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < policies.size(); i++) {
            String resource = policies.get(i).text("resourceName");
            String policy = policies.get(i).text("restartPolicy");
            if (!seen.add(resource)) {
                errors.duplicate(field + "[" + i + "]", Json.of(resource));
            }
            if (resource.isEmpty()) {
                errors.required(field);
            } else {
                errors.oneOf(field, resource, "cpu", "memory");
            }
            if (policy.isEmpty()) {
                errors.required(field);
            } else {
                errors.oneOf(field, policy, "NotRequired", "RestartContainer");
            }
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
            if (env.get(i).has("valueFrom", "resourceFieldRef")) {
                VolumeValidation.resource(
                        here + ".valueFrom.resourceFieldRef",
                        env.get(i).object("valueFrom", "resourceFieldRef"),
                        errors);
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
            }
            if (!volumes.contains(name)) {
                errors.notFound(here + ".name", name);
            }
            // These two are told without the position.
            String plain = field + ".volumeMounts";
            if (mounts.get(i).has("mountPropagation")) {
                errors.oneOf(
                        plain + ".mountPropagation",
                        mounts.get(i).text("mountPropagation"),
                        "Bidirectional",
                        "HostToContainer",
                        "None");
            }
            if (mounts.get(i).has("recursiveReadOnly")) {
                errors.oneOf(
                        plain + ".recursiveReadOnly",
                        mounts.get(i).text("recursiveReadOnly"),
                        "Disabled",
                        "Enabled",
                        "IfPossible");
            }
            if (path.isEmpty()) {
                errors.required(here + ".mountPath");
            } else if (!paths.add(path)) {
                errors.invalid(here + ".mountPath", path, "must be unique");
            }
        }
    }
}
