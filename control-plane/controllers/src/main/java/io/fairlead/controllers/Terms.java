package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What a [ClusterIndex] finds objects by, so that a change costs what it concerns and not what the namespace holds: pods by each label and
/// by their node, Services by one pair of their selector, slices by their Service.
final class Terms {
    private Terms() {}

    /// @param namespace empty where the term finds objects of all namespaces
    record Term(ResourceType type, String namespace, String text) {}

    static List<Term> of(ResourceType type, JsonObject object) {
        String namespace = object.text("metadata", "namespace");
        List<Term> terms = new ArrayList<>();
        if (type.equals(ResourceType.POD)) {
            object.texts("metadata", "labels")
                    .forEach((name, value) -> terms.add(pair(type, namespace, name, value)));
            String node = object.text("spec", "nodeName");
            if (!node.isEmpty()) {
                terms.add(onNode(node));
            }
        } else if (type.equals(ResourceType.SERVICE)) {
            // Any one of its pairs will do: a pod that is selected has them all.
            object.texts("spec", "selector").entrySet().stream()
                    .min(Map.Entry.comparingByKey())
                    .ifPresent(
                            one -> terms.add(pair(type, namespace, one.getKey(), one.getValue())));
        } else if (type.equals(ResourceType.ENDPOINT_SLICE)) {
            String service = object.text("metadata", "labels", EndpointSlice.SERVICE_LABEL);
            if (!service.isEmpty()) {
                terms.add(new Term(type, namespace, service));
            }
        }
        return terms;
    }

    /// The pods of a namespace with all of these labels; none where no label is asked for.
    static List<Pod> pods(ClusterIndex index, String namespace, Map<String, String> labels) {
        Collection<JsonObject> fewest = List.of();
        boolean first = true;
        for (var label : labels.entrySet()) {
            Collection<JsonObject> some =
                    index.under(
                            pair(ResourceType.POD, namespace, label.getKey(), label.getValue()));
            if (first || some.size() < fewest.size()) {
                fewest = some;
            }
            first = false;
        }
        LabelSelector selector = LabelSelector.ofLabels(labels);
        return fewest.stream()
                .filter(pod -> labels.size() == 1 || selector.matches(pod))
                .map(Pod::new)
                .toList();
    }

    static List<Pod> podsOn(ClusterIndex index, String node) {
        return index.under(onNode(node)).stream().map(Pod::new).toList();
    }

    /// The Services of a namespace whose selectors select these labels.
    static List<Service> services(
            ClusterIndex index, String namespace, Map<String, String> labels) {
        List<Service> services = new ArrayList<>();
        labels.forEach((name, value) -> {
            for (JsonObject tree :
                    index.under(pair(ResourceType.SERVICE, namespace, name, value))) {
                Service service = new Service(tree);
                if (labels.entrySet().containsAll(service.selector().entrySet())) {
                    services.add(service);
                }
            }
        });
        return services;
    }

    static List<EndpointSlice> slices(ClusterIndex index, String namespace, String service) {
        return index.under(new Term(ResourceType.ENDPOINT_SLICE, namespace, service)).stream()
                .map(EndpointSlice::new)
                .toList();
    }

    private static Term pair(ResourceType type, String namespace, String name, String value) {
        return new Term(type, namespace, name + "=" + value);
    }

    private static Term onNode(String node) {
        // No label can look like this.
        return new Term(ResourceType.POD, "", "@" + node);
    }
}
