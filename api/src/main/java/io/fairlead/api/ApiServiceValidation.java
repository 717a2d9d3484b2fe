package io.fairlead.api;

/// The rules for APIServices: who serves a version of a group.
final class ApiServiceValidation {
    private static final long GROUP_RANK_MAX = 20_000;
    private static final long VERSION_RANK_MAX = 1000;

    private ApiServiceValidation() {}

    static void check(JsonObject object, FieldErrors errors) {
        JsonObject spec = object.object("spec");
        String name = object.text("metadata", "name");
        String group = spec.text("group");
        String version = spec.text("version");
        String expected = version + "." + group;
        if (Names.pathSegmentErrors(name).isEmpty() && !name.equals(expected)) {
            errors.invalid(
                    "metadata.name",
                    name,
                    "must be `spec.version+\".\"+spec.group`: \"%s\"".formatted(expected));
        }
        if (group.isEmpty() && !version.equals("v1")) {
            errors.required(
                    "spec.group", "only v1 may have an empty group and it better be legacy kube");
        }
        if (!group.isEmpty()) {
            errors.invalid("spec.group", group, Names.dnsSubdomainErrors(group));
        }
        errors.invalid("spec.version", version, Names.dns1035LabelErrors(version));
        rank(spec, "groupPriorityMinimum", GROUP_RANK_MAX, errors);
        rank(spec, "versionPriority", VERSION_RANK_MAX, errors);
        String bundle = spec.text("caBundle");
        boolean isUnchecked = spec.flag("insecureSkipTLSVerify");
        if (!spec.has("service")) {
            if (!bundle.isEmpty()) {
                errors.invalid(
                        "spec.caBundle",
                        java.util.Base64.getDecoder().decode(bundle).length + " bytes",
                        "local APIServices may not have a caBundle");
            }
            if (isUnchecked) {
                errors.invalid(
                        "spec.insecureSkipTLSVerify",
                        Json.of(true),
                        "local APIServices may not have insecureSkipTLSVerify");
            }
            return;
        }
        for (String field : new String[] {"namespace", "name"}) {
            if (spec.text("service", field).isEmpty()) {
                errors.required("spec.service." + field);
            }
        }
        long port = spec.number(443, "service", "port");
        if (port < 1 || port > 65535) {
            errors.invalid(
                    "spec.service.port",
                    Json.of(port),
                    "port is not valid: must be between 1 and 65535, inclusive");
        }
        if (isUnchecked && !bundle.isEmpty()) {
            errors.invalid(
                    "spec.insecureSkipTLSVerify",
                    Json.of(true),
                    "may not be true if caBundle is present");
        }
    }

    private static void rank(JsonObject spec, String field, long most, FieldErrors errors) {
        long rank = spec.number(0, field);
        if (rank <= 0 || rank > most) {
            errors.invalid(
                    "spec." + field, Json.of(rank), "must be positive and less than " + most);
        }
    }
}
