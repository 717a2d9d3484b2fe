package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.NodeTerms;
import io.fairlead.api.Quantity;
import io.fairlead.api.ResourceType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Which existing volume a claim gets: one that was kept for it, else the smallest that fits.
final class VolumeMatch {
    private static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

    private VolumeMatch() {}

    /// @param node where the claim's first pod shall run; empty where that does not matter
    static Optional<GenericObject> find(
            GenericObject claim, ClusterIndex index, Optional<JsonObject> node) {
        List<GenericObject> volumes =
                index.list(ResourceType.PERSISTENT_VOLUME).stream()
                        .map(GenericObject::new)
                        .filter(volume -> !volume.isBeingDeleted())
                        .filter(volume -> fits(volume, claim))
                        .toList();
        Optional<GenericObject> kept =
                volumes.stream().filter(volume -> isKeptFor(volume, claim)).findFirst();
        return kept.or(() ->
                volumes.stream()
                        .filter(volume -> !volume.tree().has("spec", "claimRef"))
                        .filter(volume ->
                                node.isEmpty()
                                        || NodeTerms.matches(
                                                volume.tree()
                                                        .object("spec", "nodeAffinity", "required"),
                                                node.get()))
                        .filter(volume ->
                                LabelSelector.of(claim.tree().object("spec", "selector"))
                                        .matches(volume.tree()))
                        .min(
                                Comparator.comparing(VolumeMatch::capacity)
                                        .thenComparing(GenericObject::name)));
    }

    static String storageClass(JsonObject object) {
        String old = object.text("metadata", "annotations", OLD_CLASS);
        return old.isEmpty() ? object.text("spec", "storageClassName") : old;
    }

    /// Whether a volume names a claim, by identity where it knows one.
    static boolean isKeptFor(GenericObject volume, GenericObject claim) {
        JsonObject reference = volume.tree().object("spec", "claimRef");
        String uid = reference.text("uid");
        return reference.text("name").equals(claim.name())
                && reference.text("namespace").equals(claim.namespace())
                && (uid.isEmpty() || uid.equals(claim.uid()));
    }

    private static boolean fits(GenericObject volume, GenericObject claim) {
        List<Json> modes = volume.tree().list("spec", "accessModes");
        return capacity(volume).compareTo(requested(claim)) >= 0
                && modes.containsAll(claim.tree().list("spec", "accessModes"))
                && mode(volume).equals(mode(claim))
                && storageClass(volume.tree()).equals(storageClass(claim.tree()));
    }

    private static String mode(GenericObject object) {
        String mode = object.tree().text("spec", "volumeMode");
        return mode.isEmpty() ? "Filesystem" : mode;
    }

    static Quantity requested(GenericObject claim) {
        return Quantity.of(
                claim.tree().find("spec", "resources", "requests", "storage").orElse(null));
    }

    private static Quantity capacity(GenericObject volume) {
        return Quantity.of(volume.tree().find("spec", "capacity", "storage").orElse(null));
    }
}
