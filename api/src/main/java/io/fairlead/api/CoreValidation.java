package io.fairlead.api;

import java.util.List;

/// The rules for kinds of the core group, other than those with a class of their own.
final class CoreValidation {
    private static final int DATA_BYTES_MAX = 1024 * 1024;

    private CoreValidation() {}

    static void check(JsonObject object, String kind, FieldErrors errors) {
        switch (kind) {
            case "Service" -> ServiceValidation.check(object, errors);
            case "Pod" -> PodValidation.check("spec", object.object("spec"), errors);
            case "Endpoints" -> EndpointValidation.endpoints(object, errors);
            case "ConfigMap" -> configMap(object, errors);
            case "Secret" -> secret(object, errors);
            case "PersistentVolumeClaim" ->
                    ClaimValidation.spec("spec", object.object("spec"), errors);
            case "PersistentVolume" -> VolumeObjectValidation.check(object.object("spec"), errors);
            case "PodTemplate" ->
                    PodValidation.check("template.spec", object.object("template", "spec"), errors);
            default -> {}
        }
    }

    private static void configMap(JsonObject object, FieldErrors errors) {
        long size = 0;
        for (String group : List.of("data", "binaryData")) {
            JsonObject data = object.object(group);
            for (String key : data.names()) {
                errors.invalid(group + "[" + key + "]", key, Names.dataKeyErrors(key));
                if (group.equals("data") && object.object("binaryData").contains(key)) {
                    errors.invalid(
                            "data[" + key + "]", key, "duplicate of key present in binaryData");
                }
                size += data.text(key).length();
            }
        }
        tooBig("", size, errors);
    }

    private static void secret(JsonObject secret, FieldErrors errors) {
        JsonObject data = secret.object("data");
        long size = 0;
        for (String key : data.names()) {
            errors.invalid("data[" + key + "]", key, Names.dataKeyErrors(key));
            size += data.text(key).length() * 3L / 4;
        }
        tooBig("data", size, errors);
        List<String> required =
                switch (secret.text("type")) {
                    case "kubernetes.io/tls" -> List.of("tls.crt", "tls.key");
                    case "kubernetes.io/dockerconfigjson" -> List.of(".dockerconfigjson");
                    case "kubernetes.io/dockercfg" -> List.of(".dockercfg");
                    case "kubernetes.io/ssh-auth" -> List.of("ssh-privatekey");
                    default -> List.of();
                };
        for (String key : required) {
            if (!data.contains(key)) {
                errors.required("data[" + key + "]");
            }
        }
        String account =
                secret.text("metadata", "annotations", "kubernetes.io/service-account.name");
        if (secret.text("type").equals("kubernetes.io/service-account-token")
                && account.isEmpty()) {
            errors.required("metadata.annotations[kubernetes.io/service-account.name]");
        }
    }

    private static void tooBig(String field, long size, FieldErrors errors) {
        if (size > DATA_BYTES_MAX) {
            errors.tooLong(field, "may not be more than " + DATA_BYTES_MAX + " bytes");
        }
    }
}
