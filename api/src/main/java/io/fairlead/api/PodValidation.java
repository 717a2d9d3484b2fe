package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The rules for the `spec` of pods and of pod templates.
final class PodValidation {
    private static final Pattern SYSCTL =
            Pattern.compile(
                    "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");

    private final String at;
    private final JsonObject spec;
    private final FieldErrors errors;
    private final Set<String> volumes = new HashSet<>();

    private PodValidation(String at, JsonObject spec, FieldErrors errors) {
        this.at = at;
        this.spec = spec;
        this.errors = errors;
    }

    /// @param at the path of the spec, such as `spec.template.spec`
    static void check(String at, JsonObject spec, FieldErrors errors) {
        PodValidation rules = new PodValidation(at, spec, errors);
        rules.volumes.addAll(VolumeValidation.check(at + ".volumes", spec.list("volumes"), errors));
        if (spec.list("containers").isEmpty()) {
            errors.required(at + ".containers");
        }
        ContainerValidation.check(at, spec, rules.volumes, errors);
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
        rules.security();
        rules.network();
        PlacementValidation.check(at, spec, errors);
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
        long deadline = spec.number(1, "activeDeadlineSeconds");
        if (deadline < 1 || deadline > Integer.MAX_VALUE) {
            errors.invalid(
                    at + ".activeDeadlineSeconds",
                    Json.of(spec.number(0, "activeDeadlineSeconds")),
                    "must be between 1 and 2147483647, inclusive");
        }
    }

    private void security() {
        String here = at + ".securityContext";
        JsonObject context = spec.object("securityContext");
        profiles(here, context, errors);
        if (spec.flag("shareProcessNamespace") && spec.flag("hostPID")) {
            errors.invalid(
                    here + ".shareProcessNamespace",
                    Json.of(true),
                    "ShareProcessNamespace and HostPID cannot both be enabled");
        }
        Set<String> names = new HashSet<>();
        List<Json> sysctls = context.list("sysctls");
        for (int i = 0; i < sysctls.size(); i++) {
            sysctl(here + ".sysctls[" + i + "].name", sysctls.get(i).text("name"), names);
        }
    }

    private void sysctl(String field, String name, Set<String> seen) {
        String dotted = name.replace('/', '.');
        if (name.isEmpty()) {
            errors.required(field);
        } else if (name.length() > 253 || !SYSCTL.matcher(name).matches()) {
            errors.invalid(
                    field,
                    name,
                    "must have at most 253 characters and match regex"
                            + " ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
        } else if (!seen.add(dotted)) {
            errors.duplicate(field, Json.of(name));
        } else if (spec.flag("hostNetwork") && dotted.startsWith("net.")) {
            errors.invalid(field, name, "may not be specified when 'hostNetwork' is true");
        }
    }

    /// What a pod's security context has in common with a container's.
    static void profiles(String at, JsonObject context, FieldErrors errors) {
        JsonObject seccomp = context.object("seccompProfile");
        boolean local = seccomp.text("type").equals("Localhost");
        String profile = seccomp.text("localhostProfile");
        if (local && !seccomp.has("localhostProfile")) {
            errors.required(
                    at + ".seccompProfile.localhostProfile",
                    "must be set when seccomp type is Localhost");
        } else if (!local && seccomp.has("localhostProfile")) {
            errors.invalid(
                    at + ".seccompProfile.localhostProfile",
                    JsonObject.of(
                            "Type",
                            Json.of(seccomp.text("type")),
                            "LocalhostProfile",
                            Json.of(profile)),
                    "can only be set when seccomp type is Localhost");
        }
        if (context.text("appArmorProfile", "type").equals("Localhost")
                && context.text("appArmorProfile", "localhostProfile").isBlank()) {
            errors.required(
                    at + ".appArmorProfile.localhostProfile",
                    "must be set when AppArmor type is Localhost");
        }
    }

    private void network() {
        List<Json> options = spec.list("dnsConfig", "options");
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).text("name").isEmpty()) {
                errors.required(at + ".dnsConfig.options[" + i + "]", "must not be empty");
            }
        }
        if (spec.text("dnsPolicy").equals("None")
                && spec.list("dnsConfig", "nameservers").isEmpty()) {
            errors.required(
                    at + ".dnsConfig.nameservers",
                    "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
        boolean hostUsers = !spec.has("hostUsers") || spec.flag("hostUsers");
        if (!hostUsers && spec.flag("hostNetwork")) {
            errors.forbidden(at + ".hostNetwork", "when `hostUsers` is false");
        }
        if (spec.has("os") && spec.text("os", "name").isEmpty()) {
            errors.required(at + ".os.name");
        } else if (spec.has("os")) {
            errors.oneOf(at + ".os", spec.text("os", "name"), "linux", "windows");
        }
    }
}
