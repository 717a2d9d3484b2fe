package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.Comparator;
import java.util.List;

/// Which requests belong to a flow, and which flow of them each one is in.
///
/// @param precedence the smallest wins
/// @param level the name of the priority level
/// @param distinguisher `ByUser`, `ByNamespace`, or empty for one flow
record FlowSchema(
        String name,
        String uid,
        long precedence,
        String level,
        String distinguisher,
        List<Json> rules) {
    static final Comparator<FlowSchema> ORDER =
            Comparator.comparingLong(FlowSchema::precedence).thenComparing(FlowSchema::name);

    private static final String ALL = "*";

    static FlowSchema of(JsonObject tree) {
        JsonObject spec = tree.object("spec");
        return new FlowSchema(
                tree.text("metadata", "name"),
                tree.text("metadata", "uid"),
                spec.number(1000, "matchingPrecedence"),
                spec.text("priorityLevelConfiguration", "name"),
                spec.text("distinguisherMethod", "type"),
                spec.list("rules"));
    }

    boolean matches(AccessRequest request) {
        return rules.stream()
                .anyMatch(rule ->
                        rule.list("subjects").stream()
                                        .anyMatch(subject -> isBy(subject, request.user()))
                                && isAbout(rule, request));
    }

    /// The flow of a request that matches.
    String flow(AccessRequest request) {
        return switch (distinguisher) {
            case "ByUser" -> name + "/" + request.user().name();
            case "ByNamespace" ->
                    name
                            + "/"
                            + (request instanceof AccessRequest.ToResource to
                                    ? to.namespace()
                                    : "");
            default -> name;
        };
    }

    private static boolean isBy(Json subject, User user) {
        return switch (subject.text("kind")) {
            case "User" -> isOrAll(subject.text("user", "name"), user.name());
            case "Group" -> {
                String group = subject.text("group", "name");
                yield group.equals(ALL) || user.groups().contains(group);
            }
            case "ServiceAccount" -> {
                String namespace = subject.text("serviceAccount", "namespace");
                String name = subject.text("serviceAccount", "name");
                yield name.equals(ALL)
                        ? User.serviceAccountNamespace(user.name()).equals(namespace)
                        : user.name().equals(User.serviceAccount(namespace, name).name());
            }
            default -> false;
        };
    }

    private static boolean isAbout(Json rule, AccessRequest request) {
        return switch (request) {
            case AccessRequest.ToPath path ->
                    rule.list("nonResourceRules").stream()
                            .anyMatch(some ->
                                    has(some, "verbs", path.verb())
                                            && some.list("nonResourceURLs").stream()
                                                    .anyMatch(url ->
                                                            isPath(url.text(), path.path())));
            case AccessRequest.ToResource to ->
                    rule.list("resourceRules").stream()
                            .anyMatch(some ->
                                    has(some, "verbs", to.verb())
                                            && has(some, "apiGroups", to.group())
                                            && has(some, "resources", to.resource())
                                            && (to.namespace().isEmpty()
                                                    ? some.flag("clusterScope")
                                                    : has(some, "namespaces", to.namespace())));
        };
    }

    private static boolean has(Json rule, String member, String value) {
        return rule.list(member).stream().anyMatch(wanted -> isOrAll(wanted.text(), value));
    }

    private static boolean isOrAll(String wanted, String value) {
        return wanted.equals(ALL) || wanted.equals(value);
    }

    private static boolean isPath(String wanted, String path) {
        return isOrAll(wanted, path)
                || (wanted.endsWith("/*")
                        && path.startsWith(wanted.substring(0, wanted.length() - 1)));
    }
}
