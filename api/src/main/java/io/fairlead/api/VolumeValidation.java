package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules for a pod's volumes that concern more than one field; what each source must have is in [FieldRules].
final class VolumeValidation {
    private static final Set<String> FIELD_PATHS =
            Set.of(
                    "metadata.name",
                    "metadata.namespace",
                    "metadata.uid",
                    "metadata.labels",
                    "metadata.annotations");
    private static final String[] RESOURCES = {
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory"
    };

    private final FieldErrors errors;
    private final Set<String> names = new HashSet<>();

    private VolumeValidation(FieldErrors errors) {
        this.errors = errors;
    }

    /// @return the names that mounts may refer to: those of volumes with nothing wrong
    static Set<String> check(String at, List<Json> volumes, FieldErrors errors) {
        VolumeValidation rules = new VolumeValidation(errors);
        for (int i = 0; i < volumes.size(); i++) {
            rules.volume(at + "[" + i + "]", volumes.get(i));
        }
        return rules.names;
    }

    private void volume(String field, Json volume) {
        String name = volume.text("name");
        if (name.isEmpty()) {
            errors.required(field + ".name");
        } else {
            errors.invalid(field + ".name", name, Names.dnsLabelErrors(name));
            if (!names.add(name)) {
                errors.duplicate(field + ".name", Json.of(name));
            }
        }
        int sources = ((JsonObject) volume).size() - (volume.has("name") ? 1 : 0);
        if (sources == 0) {
            errors.required(field, "must specify a volume type");
        } else if (sources > 1) {
            errors.forbidden(field, "may not specify more than 1 volume type");
        }
        source(field, volume);
        if (errors.anyBelow(field)) {
            names.remove(name);
        }
    }

    private void source(String field, Json volume) {
        if (Quantity.of(volume.find("emptyDir", "sizeLimit").orElse(Json.of("0"))).sign() < 0) {
            errors.forbidden(
                    field + ".emptyDir.sizeLimit",
                    "SizeLimit field must be a valid resource quantity");
        }
        if (volume.has("csi", "nodePublishSecretRef")
                && volume.text("csi", "nodePublishSecretRef", "name").isEmpty()) {
            errors.required(field + ".csi.nodePublishSecretRef.name");
        }
        if (volume.has("fc")) {
            fibreChannel(field + ".fc", volume.object("fc"));
        }
        if (volume.has("ephemeral")) {
            String at = field + ".ephemeral.volumeClaimTemplate";
            if (volume.has("ephemeral", "volumeClaimTemplate")) {
                JsonObject template = volume.object("ephemeral", "volumeClaimTemplate");
                errors.labels(at + ".metadata.labels", template.object("metadata", "labels"));
                ClaimValidation.spec(at + ".spec", template.object("spec"), errors);
            } else {
                errors.required(at);
            }
        }
        downward(field + ".downwardAPI", volume.list("downwardAPI", "items"));
        List<Json> projected = volume.list("projected", "sources");
        for (int i = 0; i < projected.size(); i++) {
            downward(
                    "%s.projected.sources[%d].downwardAPI".formatted(field, i),
                    projected.get(i).list("downwardAPI", "items"));
            if (projected.get(i).has("serviceAccountToken")
                    && projected.get(i).text("serviceAccountToken", "path").isEmpty()) {
                errors.required(field + ".projected.path");
            }
        }
    }

    private void fibreChannel(String field, JsonObject source) {
        boolean names = !source.list("targetWWNs").isEmpty();
        if (names != source.list("wwids").isEmpty()) {
            errors.required(
                    field + ".targetWWNs", "must specify either targetWWNs or wwids, but not both");
        }
        if (names && !source.has("lun")) {
            errors.required(field + ".lun", "lun is required if targetWWNs is specified");
        }
    }

    // The items of this source are told without their positions.
    private void downward(String field, List<Json> items) {
        for (Json item : items) {
            if (item.text("path").isEmpty()) {
                errors.required(field + ".path");
            }
            boolean ofField = item.has("fieldRef");
            boolean ofResource = item.has("resourceFieldRef");
            if (!ofField && !ofResource) {
                errors.required(field, "one of fieldRef and resourceFieldRef is required");
            } else if (ofField && ofResource) {
                errors.invalid(
                        field,
                        "resource",
                        "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
            if (ofField) {
                fieldPath(field + ".fieldRef.fieldPath", item.text("fieldRef", "fieldPath"));
            } else if (ofResource) {
                JsonObject reference = item.object("resourceFieldRef");
                if (reference.text("containerName").isEmpty()) {
                    errors.required(field + ".resourceFieldRef.containerName");
                    continue;
                }
                resource(field + ".resourceFieldRef", reference, errors);
            }
        }
    }

    private void fieldPath(String field, String path) {
        int bracket = path.indexOf('[');
        if (path.isEmpty()) {
            errors.required(field);
        } else if (!FIELD_PATHS.contains(bracket < 0 ? path : path.substring(0, bracket))) {
            errors.invalid(
                    field, path, "error converting fieldPath: field label not supported: " + path);
        }
    }

    /// A reference to what a container asked for.
    static void resource(String field, JsonObject reference, FieldErrors errors) {
        String resource = reference.text("resource");
        if (resource.isEmpty()) {
            errors.required(field + ".resource");
        } else if (!resource.contains(".hugepages-")) {
            errors.oneOf(field + ".resource", resource, RESOURCES);
        }
    }
}
