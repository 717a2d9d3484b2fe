package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Selects objects by the few fields that their type allows: all conditions must hold.
public record FieldSelector(List<Condition> conditions) {
    public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

    private static final Set<String> ALWAYS = Set.of("metadata.name", "metadata.namespace");

    private static final Set<String> EVENT =
            Set.of(
                    "involvedObject.kind",
                    "involvedObject.namespace",
                    "involvedObject.name",
                    "involvedObject.uid",
                    "involvedObject.apiVersion",
                    "involvedObject.resourceVersion",
                    "involvedObject.fieldPath",
                    "reason",
                    "reportingComponent",
                    "source",
                    "type");

    /// Types that allow more than the name, and those that only word the refusal as these do.
    private static final Map<String, Set<String>> MORE =
            Map.ofEntries(
                    Map.entry(
                            "pods",
                            Set.of(
                                    "spec.nodeName",
                                    "spec.restartPolicy",
                                    "spec.schedulerName",
                                    "spec.serviceAccountName",
                                    "spec.hostNetwork",
                                    "status.phase",
                                    "status.podIP",
                                    "status.podIPs",
                                    "status.nominatedNodeName")),
                    Map.entry("nodes", Set.of("spec.unschedulable")),
                    Map.entry("services", Set.of("spec.clusterIP", "spec.type")),
                    Map.entry("secrets", Set.of("type")),
                    Map.entry("namespaces", Set.of("status.phase")),
                    Map.entry("serviceaccounts", Set.of()),
                    Map.entry("endpoints", Set.of()),
                    Map.entry("replicationcontrollers", Set.of("status.replicas")),
                    Map.entry("events", EVENT),
                    Map.entry(
                            "events.events.k8s.io",
                            Set.of(
                                    "regarding.kind",
                                    "regarding.namespace",
                                    "regarding.name",
                                    "regarding.uid",
                                    "regarding.apiVersion",
                                    "regarding.resourceVersion",
                                    "regarding.fieldPath",
                                    "reason",
                                    "reportingController",
                                    "type")),
                    Map.entry("replicasets.apps", Set.of("status.replicas")),
                    Map.entry("jobs.batch", Set.of("status.successful")),
                    Map.entry(
                            "certificatesigningrequests.certificates.k8s.io",
                            Set.of("spec.signerName")));

    /// A field and the text that it must, or must not, have.
    public record Condition(String field, boolean equal, String value) {
        @Override
        public String toString() {
            return field + (equal ? "=" : "!=") + value;
        }
    }

    public FieldSelector {
        conditions = List.copyOf(conditions);
    }

    /// @throws ApiException 400 when it cannot be understood, or the type does not allow a field
    public static FieldSelector parse(String text, ResourceType type) {
        return parse(text, field -> check(field, type));
    }

    /// For any resource; custom ones say themselves what may be selected.
    ///
    /// @throws ApiException 400 when it cannot be understood, or the resource does not allow a field
    public static FieldSelector parse(String text, ApiResource resource) {
        return resource.custom().isEmpty()
                ? parse(text, resource.type())
                : parse(text, field -> checkCustom(field, resource.custom().get()));
    }

    private static FieldSelector parse(String text, Consumer<String> check) {
        List<Condition> conditions = new ArrayList<>();
        for (String term : terms(text)) {
            if (!term.isEmpty()) {
                Condition condition = condition(text, term);
                check.accept(condition.field());
                conditions.add(condition);
            }
        }
        return new FieldSelector(conditions);
    }

    private static void checkCustom(String field, CustomVersion version) {
        if (!ALWAYS.contains(field) && !version.selectableFields().contains("." + field)) {
            throw refused("field label not supported: " + field);
        }
    }

    /// The fields that a type allows.
    public static Set<String> allowed(ResourceType type) {
        Set<String> allowed = new TreeSet<>(ALWAYS);
        allowed.addAll(MORE.getOrDefault(type.qualifiedPlural(), Set.of()));
        return allowed;
    }

    public boolean isEverything() {
        return conditions.isEmpty();
    }

    public boolean matches(JsonObject object) {
        for (Condition condition : conditions) {
            if (value(object, condition.field()).equals(condition.value()) != condition.equal()) {
                return false;
            }
        }
        return true;
    }

    /// The value that `metadata.name` must have; empty when any will do.
    public String requiredName() {
        return conditions.stream()
                .filter(condition -> condition.equal() && condition.field().equals("metadata.name"))
                .map(Condition::value)
                .findFirst()
                .orElse("");
    }

    @Override
    public String toString() {
        return String.join(",", conditions.stream().map(Condition::toString).toList());
    }

    private static void check(String field, ResourceType type) {
        if (ALWAYS.contains(field)) {
            return;
        }
        Set<String> more = MORE.get(type.qualifiedPlural());
        if (more == null) {
            throw refused(
                    "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                            .formatted(field));
        }
        if (!more.contains(field)) {
            throw refused("field label not supported: " + field);
        }
    }

    private static String value(JsonObject object, String field) {
        return switch (field) {
            case "metadata.name" -> object.text("metadata", "name");
            case "metadata.namespace" -> object.text("metadata", "namespace");
            case "spec.unschedulable" -> String.valueOf(object.flag("spec", "unschedulable"));
            case "spec.hostNetwork" -> String.valueOf(object.flag("spec", "hostNetwork"));
            case "status.podIP" -> podIp(object);
            case "status.replicas" -> String.valueOf(object.number(0, "status", "replicas"));
            case "status.successful" -> String.valueOf(object.number(0, "status", "succeeded"));
            case "source" -> {
                String component = object.text("source", "component");
                yield component.isEmpty() ? object.text("reportingComponent") : component;
            }
            default -> textAt(object, field);
        };
    }

    private static String podIp(JsonObject pod) {
        List<Json> addresses = pod.list("status", "podIPs");
        return addresses.isEmpty() ? pod.text("status", "podIP") : addresses.getFirst().text("ip");
    }

    private static String textAt(JsonObject object, String field) {
        return switch (object.find(field.split("\\.")).orElse(JsonNull.NULL)) {
            case JsonString text -> text.value();
            case JsonNumber number -> number.toString();
            case JsonBoolean flag -> flag.toString();
            default -> "";
        };
    }

    /// The one value that a selector leaves for a field; empty when it leaves others, or is none.
    public static Optional<String> required(String text, String field) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return terms(text).stream()
                .map(term -> condition(text, term))
                .filter(condition -> condition.equal() && condition.field().equals(field))
                .map(Condition::value)
                .findFirst();
    }

    private static Condition condition(String text, String term) {
        for (int i = 0; i < term.length(); i++) {
            char c = term.charAt(i);
            if (c == '\\') {
                i++;
            } else if (term.startsWith("!=", i)) {
                return new Condition(term.substring(0, i), false, unescape(term.substring(i + 2)));
            } else if (c == '=') {
                int end = term.startsWith("==", i) ? i + 2 : i + 1;
                return new Condition(term.substring(0, i), true, unescape(term.substring(end)));
            }
        }
        throw refused("invalid selector: '%s'; can't understand '%s'".formatted(text, term));
    }

    private static List<String> terms(String text) {
        List<String> terms = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == ',') {
                terms.add(text.substring(start, i));
                start = i + 1;
            }
        }
        terms.add(text.substring(start));
        return terms;
    }

    private static String unescape(String value) {
        if (value.indexOf('\\') < 0) {
            return value;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            plain.append(c == '\\' && i + 1 < value.length() ? value.charAt(++i) : c);
        }
        return plain.toString();
    }

    private static ApiException refused(String message) {
        return new ApiException(Status.badRequest(message));
    }
}
