package io.fairlead.api;

/// A view of a DaemonSet.
public record DaemonSet(JsonObject tree) implements ApiObject {
    private static final int HISTORY_DEFAULT = 10;

    public LabelSelector selector() {
        return LabelSelector.of(tree.object("spec", "selector"));
    }

    public JsonObject template() {
        return tree.object("spec", "template");
    }

    /// Replaces pods of an old template only when somebody else deletes them.
    public boolean updatesOnDelete() {
        return tree.text("spec", "updateStrategy", "type").equals("OnDelete");
    }

    /// How many of so many nodes may be without an available pod during an update; at least one where none may have two.
    public int maxUnavailable(int nodes) {
        int most = share("maxUnavailable", Json.of(1), nodes);
        return most == 0 && maxSurge(nodes) == 0 ? 1 : most;
    }

    /// On how many of so many nodes a new pod may start beside the old one.
    public int maxSurge(int nodes) {
        return share("maxSurge", Json.of(0), nodes);
    }

    public int minReadySeconds() {
        return (int) tree.number(0, "spec", "minReadySeconds");
    }

    public int historyLimit() {
        return (int) tree.number(HISTORY_DEFAULT, "spec", "revisionHistoryLimit");
    }

    private int share(String field, Json fallback, int nodes) {
        return IntOrString.of(
                        tree.find("spec", "updateStrategy", "rollingUpdate", field)
                                .orElse(fallback))
                .scaled(nodes, IntOrString.Rounding.UP);
    }
}
