package io.fairlead.api;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The rules for `metadata`, which all kinds share but for the form of their names.
final class MetadataValidation {
    private static final Set<String> FINALIZERS =
            Set.of("kubernetes", "orphan", "foregroundDeletion");
    private static final Set<String> LABEL_NAMES = Set.of("Service", "Namespace");
    private static final Set<String> PATH_NAMES =
            Set.of("APIService", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding");
    private static final int ANNOTATIONS_BYTES_MAX = 256 * 1024;

    private MetadataValidation() {}

    static void check(JsonObject object, ResourceType type, FieldErrors errors) {
        JsonObject metadata = object.object("metadata");
        String generate = metadata.text("generateName");
        String name = metadata.text("name");
        if (!generate.isEmpty()) {
            // The server adds letters and digits; a hyphen at the end is fine.
            String prefix = generate.endsWith("-") ? generate + "x" : generate;
            errors.invalid("metadata.generateName", generate, nameErrors(prefix, type));
        }
        if (name.isEmpty() && generate.isEmpty()) {
            errors.required("metadata.name", "name or generateName is required");
        } else if (!name.isEmpty()) {
            errors.invalid("metadata.name", name, nameErrors(name, type));
        }
        errors.labels("metadata.labels", metadata.object("labels"));
        annotations(metadata, errors);
        ownerReferences(metadata, errors);
        finalizers(metadata, errors);
    }

    /// What never changes once an object is made.
    static void checkUpdate(JsonObject before, JsonObject after, FieldErrors errors) {
        for (String name : List.of("name", "namespace", "uid", "creationTimestamp")) {
            String old = before.text("metadata", name);
            String now = after.text("metadata", name);
            if (!old.equals(now)) {
                errors.invalid("metadata." + name, now, "field is immutable");
            }
        }
    }

    private static List<String> nameErrors(String name, ResourceType type) {
        if (LABEL_NAMES.contains(type.kind())) {
            return Names.dnsLabelErrors(name);
        }
        if (type.kind().equals("IPAddress")) {
            return IpAddress.find(name).isPresent()
                    ? List.of()
                    : List.of(
                            name.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))
                                    ? "must not have leading 0s"
                                    : "must be a valid IP address, (e.g. 10.9.8.7 or"
                                            + " 2001:db8::ffff)");
        }
        return PATH_NAMES.contains(type.kind())
                ? Names.pathSegmentErrors(name)
                : Names.dnsSubdomainErrors(name);
    }

    private static void annotations(JsonObject metadata, FieldErrors errors) {
        long size = 0;
        for (var annotation : metadata.texts("annotations").entrySet()) {
            String key = annotation.getKey();
            errors.invalid(
                    "metadata.annotations",
                    key,
                    Names.labelKeyErrors(key.toLowerCase(Locale.ROOT)));
            size += key.length() + annotation.getValue().length();
        }
        if (size > ANNOTATIONS_BYTES_MAX) {
            errors.tooLong(
                    "metadata.annotations",
                    "may not be more than " + ANNOTATIONS_BYTES_MAX + " bytes");
        }
    }

    private static void ownerReferences(JsonObject metadata, FieldErrors errors) {
        List<Json> owners = metadata.list("ownerReferences");
        List<Json> controllers = owners.stream().filter(owner -> owner.flag("controller")).toList();
        for (Json owner : owners) {
            if (owner.text("apiVersion").isEmpty()) {
                errors.invalid(
                        "metadata.ownerReferences.apiVersion", "", "version must not be empty");
            }
            for (String name : List.of("kind", "name", "uid")) {
                if (owner.text(name).isEmpty()) {
                    errors.invalid("metadata.ownerReferences." + name, "", "must not be empty");
                }
            }
        }
        if (controllers.size() > 1) {
            JsonArray shown = JsonArray.from(owners, MetadataValidation::inOrder);
            errors.invalid(
                    "metadata.ownerReferences",
                    shown,
                    "Only one reference can have Controller set to true. Found \"true\" in references for %s and %s"
                            .formatted(shown(controllers.get(0)), shown(controllers.get(1))));
        }
    }

    /// As Kubernetes prints a reference.
    private static JsonObject inOrder(Json owner) {
        JsonObject.Builder ordered = JsonObject.builder();
        for (String name :
                List.of("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")) {
            owner.find(name).ifPresent(value -> ordered.put(name, value));
        }
        return ordered.build();
    }

    private static String shown(Json owner) {
        return owner.text("kind") + "/" + owner.text("name");
    }

    private static void finalizers(JsonObject metadata, FieldErrors errors) {
        List<Json> finalizers = metadata.list("finalizers");
        for (int i = 0; i < finalizers.size(); i++) {
            String finalizer = finalizers.get(i).text();
            String at = "metadata.finalizers[" + i + "]";
            errors.invalid("metadata.finalizers", finalizer, Names.labelKeyErrors(finalizer));
            if (!finalizer.contains("/") && !FINALIZERS.contains(finalizer)) {
                errors.invalid(
                        at,
                        finalizer,
                        "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }
}
