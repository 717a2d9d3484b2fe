package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// A pod may tell its peers by labels of its own, named by key. What they say when the pod is made becomes part of the
/// selector, so that schedulers and readers need to know no more than that.
public final class LabelKeys {
    private LabelKeys() {}

    /// The pod with its `matchLabelKeys` and `mismatchLabelKeys` in the selectors next to them.
    public static JsonObject selected(JsonObject pod) {
        JsonObject labels = pod.object("metadata", "labels");
        JsonObject spread =
                TreeEdits.editEach(
                        pod, term -> selected(term, labels), "spec", "topologySpreadConstraints");
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            spread =
                    TreeEdits.editEach(
                            spread,
                            term -> selected(term, labels),
                            "spec",
                            "affinity",
                            kind,
                            "requiredDuringSchedulingIgnoredDuringExecution");
            spread =
                    TreeEdits.editEach(
                            spread,
                            weighted ->
                                    TreeEdits.edit(
                                            weighted,
                                            term -> selected(term, labels),
                                            "podAffinityTerm"),
                            "spec",
                            "affinity",
                            kind,
                            "preferredDuringSchedulingIgnoredDuringExecution");
        }
        return spread;
    }

    private static JsonObject selected(JsonObject term, JsonObject labels) {
        if (!term.has("labelSelector")) {
            return term;
        }
        List<Json> more = new ArrayList<>();
        add(term.list("matchLabelKeys"), "In", labels, more);
        add(term.list("mismatchLabelKeys"), "NotIn", labels, more);
        if (more.isEmpty()) {
            return term;
        }
        List<Json> all = new ArrayList<>(term.list("labelSelector", "matchExpressions"));
        all.addAll(more);
        return term.withAt(new JsonArray(all), "labelSelector", "matchExpressions");
    }

    private static void add(List<Json> keys, String operator, JsonObject labels, List<Json> to) {
        for (Json key : keys) {
            if (labels.contains(key.text())) {
                to.add(
                        JsonObject.of(
                                "key",
                                key,
                                "operator",
                                Json.of(operator),
                                "values",
                                JsonArray.of(Json.of(labels.text(key.text())))));
            }
        }
    }
}
