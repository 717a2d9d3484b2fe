package io.fairlead.api;

import java.util.List;

/// A view of a StatefulSet.
public record StatefulSet(JsonObject tree) implements ApiObject {
    private static final int HISTORY_DEFAULT = 10;

    /// How many pods it shall have.
    public int replicas() {
        return (int) tree.number(1, "spec", "replicas");
    }

    /// The number of its first pod.
    public int firstOrdinal() {
        return (int) tree.number(0, "spec", "ordinals", "start");
    }

    /// The number after that of its last pod.
    public int endOrdinal() {
        return firstOrdinal() + replicas();
    }

    public LabelSelector selector() {
        return LabelSelector.of(tree.object("spec", "selector"));
    }

    public JsonObject template() {
        return tree.object("spec", "template");
    }

    public String serviceName() {
        return tree.text("spec", "serviceName");
    }

    /// Starts and ends pods without waiting for their neighbours.
    public boolean isParallel() {
        return tree.text("spec", "podManagementPolicy").equals("Parallel");
    }

    /// Replaces pods of an old template only when somebody else deletes them.
    public boolean updatesOnDelete() {
        return tree.text("spec", "updateStrategy", "type").equals("OnDelete");
    }

    /// Pods with lower numbers keep their template.
    public int partition() {
        return (int) tree.number(0, "spec", "updateStrategy", "rollingUpdate", "partition");
    }

    /// How many pods an update may take away at once, at least one.
    public int maxUnavailable() {
        return tree.find("spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
                .map(IntOrString::of)
                .map(wish -> Math.max(1, wish.scaled(replicas(), IntOrString.Rounding.DOWN)))
                .orElse(1);
    }

    public int minReadySeconds() {
        return (int) tree.number(0, "spec", "minReadySeconds");
    }

    /// How many revisions of the past it keeps.
    public int historyLimit() {
        return (int) tree.number(HISTORY_DEFAULT, "spec", "revisionHistoryLimit");
    }

    public List<JsonObject> claimTemplates() {
        return tree.list("spec", "volumeClaimTemplates").stream()
                .filter(JsonObject.class::isInstance)
                .map(template -> (JsonObject) template)
                .toList();
    }

    /// Whether claims go with the set.
    public boolean deletesClaimsWhenDeleted() {
        return tree.text("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")
                .equals("Delete");
    }

    /// Whether a pod's claims go when it is scaled away.
    public boolean deletesClaimsWhenScaled() {
        return tree.text("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled")
                .equals("Delete");
    }

    /// The revision that a complete rollout reached last; empty before the first.
    public String currentRevision() {
        return tree.text("status", "currentRevision");
    }
}
