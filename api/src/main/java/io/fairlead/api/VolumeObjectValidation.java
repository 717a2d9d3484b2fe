package io.fairlead.api;

import java.util.List;
import java.util.Set;

/// The rules for PersistentVolumes.
final class VolumeObjectValidation {
    /// The members of the spec that are not sources of volumes.
    private static final Set<String> ATTRIBUTES =
            Set.of(
                    "accessModes",
                    "capacity",
                    "claimRef",
                    "mountOptions",
                    "nodeAffinity",
                    "persistentVolumeReclaimPolicy",
                    "storageClassName",
                    "volumeAttributesClassName",
                    "volumeMode");

    private VolumeObjectValidation() {}

    static void check(JsonObject spec, FieldErrors errors) {
        if (spec.list("accessModes").isEmpty()) {
            errors.required("spec.accessModes");
        }
        for (Json mode : spec.list("accessModes")) {
            errors.oneOf(
                    "spec.accessModes",
                    mode.text(),
                    "ReadOnlyMany",
                    "ReadWriteMany",
                    "ReadWriteOnce",
                    "ReadWriteOncePod");
        }
        capacity(spec.object("capacity"), spec, errors);
        List<String> sources =
                spec.names().stream().filter(name -> !ATTRIBUTES.contains(name)).toList();
        if (sources.isEmpty()) {
            errors.required("spec", "must specify a volume type");
        } else if (sources.size() > 1) {
            errors.forbidden("spec." + sources.get(1), "may not specify more than 1 volume type");
        }
        if (spec.has("nodeAffinity", "required")) {
            PlacementValidation.nodeSelector(
                    "spec.nodeAffinity.required", spec.object("nodeAffinity", "required"), errors);
        }
    }

    private static void capacity(JsonObject capacity, JsonObject spec, FieldErrors errors) {
        if (capacity.isEmpty()) {
            errors.required("spec.capacity");
        }
        if (!capacity.contains("storage") || capacity.size() > 1) {
            errors.notSupported(
                    "spec.capacity", spec.find("capacity").orElse(JsonNull.NULL), "storage");
        }
        for (String name : capacity.names()) {
            if (Quantity.of(capacity.get(name)).sign() <= 0) {
                errors.invalid(
                        "spec.capacity[" + name + "]",
                        capacity.text(name),
                        "must be greater than zero");
            }
        }
    }
}
