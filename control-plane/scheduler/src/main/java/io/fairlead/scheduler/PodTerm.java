package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.LabelSelector.Operator;
import io.fairlead.api.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// One term of a pod's affinity to other pods, or of its aversion.
///
/// @param topologyKey the label whose equal values make nodes one place
/// @param selector of the pods it is about
/// @param namespaces where they are
/// @param namespaceSelector of more such namespaces
/// @param weight 0 for what is required
record PodTerm(
        String topologyKey,
        LabelSelector selector,
        Set<String> namespaces,
        Optional<LabelSelector> namespaceSelector,
        long weight) {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

    PodTerm {
        namespaces = Set.copyOf(namespaces);
    }

    enum Kind {
        AFFINITY("podAffinity"),
        ANTI_AFFINITY("podAntiAffinity");

        private final String field;

        Kind(String field) {
            this.field = field;
        }
    }

    static List<PodTerm> required(JsonObject pod, Kind kind) {
        List<PodTerm> terms = new ArrayList<>();
        for (Json term : pod.list("spec", "affinity", kind.field, REQUIRED)) {
            terms.add(of(pod, term.object(), 0));
        }
        return terms;
    }

    static List<PodTerm> preferred(JsonObject pod, Kind kind) {
        List<PodTerm> terms = new ArrayList<>();
        for (Json weighted : pod.list("spec", "affinity", kind.field, PREFERRED)) {
            terms.add(of(pod, weighted.object("podAffinityTerm"), weighted.number(0, "weight")));
        }
        return terms;
    }

    private static PodTerm of(JsonObject pod, JsonObject term, long weight) {
        Set<String> namespaces = new TreeSet<>();
        term.list("namespaces").forEach(name -> namespaces.add(name.text()));
        Optional<LabelSelector> others =
                term.has("namespaceSelector")
                        ? Optional.of(LabelSelector.of(term.object("namespaceSelector")))
                        : Optional.empty();
        if (namespaces.isEmpty() && others.isEmpty()) {
            namespaces.add(pod.text("metadata", "namespace"));
        }
        return new PodTerm(
                term.text("topologyKey"), selector(pod, term), namespaces, others, weight);
    }

    /// The selector of a term or a constraint, with what `matchLabelKeys` and `mismatchLabelKeys` take from the pod's own labels. Without a selector
    /// nothing is selected.
    static LabelSelector selector(JsonObject pod, JsonObject term) {
        if (!term.has("labelSelector")) {
            return LabelSelector.NOTHING;
        }
        LabelSelector given = LabelSelector.of(term.object("labelSelector"));
        List<Requirement> all = new ArrayList<>(given.requirements());
        add(pod, term.list("matchLabelKeys"), Operator.IN, all);
        add(pod, term.list("mismatchLabelKeys"), Operator.NOT_IN, all);
        return new LabelSelector(all);
    }

    private static void add(
            JsonObject pod, List<Json> keys, Operator operator, List<Requirement> to) {
        for (Json key : keys) {
            JsonObject labels = pod.object("metadata", "labels");
            if (labels.has(key.text())) {
                Requirement own =
                        new Requirement(key.text(), operator, List.of(labels.text(key.text())));
                if (!to.contains(own)) {
                    to.add(own);
                }
            }
        }
    }

    /// @param namespace finds a namespace's object by its name
    boolean selects(JsonObject pod, Function<String, JsonObject> namespace) {
        String name = pod.text("metadata", "namespace");
        return selector.matches(pod)
                && (namespaces.contains(name)
                        || namespaceSelector
                                .filter(others -> others.matches(namespace.apply(name)))
                                .isPresent());
    }
}
