package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import java.util.ArrayList;
import java.util.List;

/// One rule of a Role or ClusterRole.
record PolicyRule(
        List<String> verbs,
        List<String> groups,
        List<String> resources,
        List<String> resourceNames,
        List<String> paths) {
    private static final String ALL = "*";

    static PolicyRule of(Json rule) {
        return new PolicyRule(
                texts(rule, "verbs"),
                texts(rule, "apiGroups"),
                texts(rule, "resources"),
                texts(rule, "resourceNames"),
                texts(rule, "nonResourceURLs"));
    }

    static List<PolicyRule> rulesOf(JsonObject role) {
        return role.list("rules").stream().map(PolicyRule::of).toList();
    }

    boolean allows(AccessRequest request) {
        if (!contains(verbs, request.verb())) {
            return false;
        }
        return switch (request) {
            case AccessRequest.ToPath path ->
                    paths.stream().anyMatch(pattern -> pathMatches(pattern, path.path()));
            case AccessRequest.ToResource to ->
                    contains(groups, to.group())
                            && resources.stream()
                                    .anyMatch(pattern -> resourceMatches(pattern, to.resource()))
                            && (resourceNames.isEmpty() || resourceNames.contains(to.name()));
        };
    }

    /// Whether whoever holds this rule holds all of `narrow`, which names one verb, group and resource.
    boolean covers(PolicyRule narrow) {
        return narrow.verbs.stream().allMatch(verb -> contains(verbs, verb))
                && narrow.groups.stream().allMatch(group -> contains(groups, group))
                && narrow.resources.stream()
                        .allMatch(resource ->
                                resources.stream()
                                        .anyMatch(mine -> resourceMatches(mine, resource)))
                && narrow.paths.stream()
                        .allMatch(path -> paths.stream().anyMatch(mine -> pathMatches(mine, path)))
                && (resourceNames.isEmpty()
                        || (!narrow.resourceNames.isEmpty()
                                && resourceNames.containsAll(narrow.resourceNames)));
    }

    /// The same rights as rules that each name one verb and one thing.
    List<PolicyRule> split() {
        List<PolicyRule> parts = new ArrayList<>();
        for (String verb : verbs) {
            for (String group : groups) {
                for (String resource : resources) {
                    if (resourceNames.isEmpty()) {
                        parts.add(single(verb, group, resource, List.of()));
                    }
                    for (String name : resourceNames) {
                        parts.add(single(verb, group, resource, List.of(name)));
                    }
                }
            }
            for (String path : paths) {
                parts.add(
                        new PolicyRule(
                                List.of(verb), List.of(), List.of(), List.of(), List.of(path)));
            }
        }
        return parts;
    }

    /// As refusals print rules.
    String text() {
        List<String> members = new ArrayList<>();
        member("APIGroups", groups, members);
        member("Resources", resources, members);
        member("ResourceNames", resourceNames, members);
        member("NonResourceURLs", paths, members);
        member("Verbs", verbs, members);
        return "{" + String.join(", ", members) + "}";
    }

    JsonObject resourceTree() {
        return JsonObject.builder()
                .put("verbs", JsonArray.ofStrings(verbs))
                .putUnlessEmpty("apiGroups", JsonArray.ofStrings(groups))
                .putUnlessEmpty("resources", JsonArray.ofStrings(resources))
                .putUnlessEmpty("resourceNames", JsonArray.ofStrings(resourceNames))
                .build();
    }

    JsonObject pathTree() {
        return JsonObject.of(
                "verbs", JsonArray.ofStrings(verbs), "nonResourceURLs", JsonArray.ofStrings(paths));
    }

    private static PolicyRule single(
            String verb, String group, String resource, List<String> names) {
        return new PolicyRule(List.of(verb), List.of(group), List.of(resource), names, List.of());
    }

    private static void member(String name, List<String> values, List<String> members) {
        if (!values.isEmpty()) {
            members.add(
                    name
                            + ":["
                            + String.join(
                                    " ", values.stream().map(value -> "\"" + value + "\"").toList())
                            + "]");
        }
    }

    private static boolean contains(List<String> values, String value) {
        return values.contains(value) || values.contains(ALL);
    }

    private static boolean resourceMatches(String pattern, String resource) {
        if (pattern.equals(ALL) || pattern.equals(resource)) {
            return true;
        }
        int slash = resource.indexOf('/');
        return slash >= 0 && pattern.equals("*" + resource.substring(slash));
    }

    private static boolean pathMatches(String pattern, String path) {
        return pattern.equals(path)
                || (pattern.endsWith(ALL)
                        && path.startsWith(pattern.substring(0, pattern.length() - 1)));
    }

    private static List<String> texts(Json rule, String name) {
        return rule.list(name).stream()
                .filter(JsonString.class::isInstance)
                .map(text -> ((JsonString) text).value())
                .toList();
    }
}
