package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Which requests are told of, and how much: the first rule that matches says so (`audit.k8s.io/v1` Policy).
public record AuditPolicy(List<Rule> rules) {
    private static final Set<String> MEMBERS =
            Set.of("apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields");
    private static final Set<String> RULE_MEMBERS =
            Set.of(
                    "level",
                    "users",
                    "userGroups",
                    "verbs",
                    "resources",
                    "namespaces",
                    "nonResourceURLs",
                    "omitStages",
                    "omitManagedFields");

    public AuditPolicy {
        rules = List.copyOf(rules);
    }

    /// How much is told of a request; each tells what the ones before it tell.
    enum Level {
        NONE("None"),
        METADATA("Metadata"),
        REQUEST("Request"),
        REQUEST_RESPONSE("RequestResponse");

        private final String word;

        Level(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /// When something is told of a request.
    enum Stage {
        REQUEST_RECEIVED("RequestReceived"),
        RESPONSE_STARTED("ResponseStarted"),
        RESPONSE_COMPLETE("ResponseComplete"),
        PANIC("Panic");

        private final String word;

        Stage(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /// What is told of the requests that a rule matches. Lists that are empty match everything.
    record Rule(
            Level level,
            List<String> users,
            List<String> groups,
            List<String> verbs,
            List<Resources> resources,
            List<String> namespaces,
            List<String> paths,
            Set<Stage> omitted,
            boolean isWithoutManagedFields) {
        static final Rule SILENCE =
                new Rule(
                        Level.NONE,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Set.of(),
                        false);

        private boolean matches(AccessRequest request) {
            boolean isBySuch =
                    (users.isEmpty() || users.contains(request.user().name()))
                            && (groups.isEmpty()
                                    || request.user().groups().stream().anyMatch(groups::contains))
                            && (verbs.isEmpty()
                                    || verbs.contains("*")
                                    || verbs.contains(request.verb()));
            if (!isBySuch) {
                return false;
            }
            if (namespaces.isEmpty() && resources.isEmpty()) {
                return paths.isEmpty()
                        || (request instanceof AccessRequest.ToPath path
                                && paths.stream()
                                        .anyMatch(wanted -> pathMatches(wanted, path.path())));
            }
            return request instanceof AccessRequest.ToResource to
                    && (namespaces.isEmpty() || namespaces.contains(to.namespace()))
                    && (resources.isEmpty()
                            || resources.stream().anyMatch(some -> some.matches(to)));
        }

        private static boolean pathMatches(String wanted, String path) {
            return wanted.equals("*")
                    || wanted.equals(path)
                    || (wanted.endsWith("*")
                            && path.startsWith(wanted.substring(0, wanted.length() - 1)));
        }
    }

    /// Some resources of one group; all of them when there are no names.
    record Resources(String group, List<String> resources, List<String> names) {
        private boolean matches(AccessRequest.ToResource to) {
            return group.equals(to.group())
                    && (resources.isEmpty()
                            || ((names.isEmpty() || names.contains(to.name()))
                                    && resources.stream()
                                            .anyMatch(wanted -> matches(wanted, to.resource()))));
        }

        private static boolean matches(String wanted, String resource) {
            int slash = resource.indexOf('/');
            return wanted.equals("*")
                    || wanted.equals(resource)
                    || (slash >= 0
                            && (wanted.equals("*" + resource.substring(slash))
                                    || wanted.equals(resource.substring(0, slash) + "/*")));
        }
    }

    /// @throws IllegalArgumentException with a sentence, when it cannot be read or is no policy
    public static AuditPolicy read(Path file) {
        try {
            return parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the audit policy %s cannot be read".formatted(file), e);
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            throw new IllegalArgumentException(
                    "the audit policy %s is not usable: %s".formatted(file, e.getMessage()), e);
        }
    }

    static AuditPolicy parse(byte[] yaml) {
        if (!(YamlReader.read(yaml) instanceof JsonObject tree)) {
            throw new IllegalArgumentException("it is no object");
        }
        if (!tree.text("apiVersion").equals("audit.k8s.io/v1")
                || !tree.text("kind").equals("Policy")) {
            throw new IllegalArgumentException("it is no Policy of audit.k8s.io/v1");
        }
        requireKnown(tree, MEMBERS);
        List<Rule> rules = new ArrayList<>();
        for (Json rule : tree.list("rules")) {
            rules.add(rule(rule, tree));
        }
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("it has no rules");
        }
        return new AuditPolicy(rules);
    }

    /// What is to be told of a request.
    Rule of(AccessRequest request) {
        return rules.stream()
                .filter(rule -> rule.matches(request))
                .findFirst()
                .orElse(Rule.SILENCE);
    }

    private static Rule rule(Json tree, JsonObject policy) {
        requireKnown((JsonObject) tree, RULE_MEMBERS);
        Set<Stage> omitted = new java.util.HashSet<>();
        for (String word : texts(policy, "omitStages")) {
            omitted.add(stage(word));
        }
        for (String word : texts(tree, "omitStages")) {
            omitted.add(stage(word));
        }
        List<Resources> resources = new ArrayList<>();
        for (Json some : tree.list("resources")) {
            resources.add(
                    new Resources(
                            some.text("group"),
                            texts(some, "resources"),
                            texts(some, "resourceNames")));
        }
        List<String> paths = texts(tree, "nonResourceURLs");
        if (!paths.isEmpty() && !(resources.isEmpty() && tree.list("namespaces").isEmpty())) {
            throw new IllegalArgumentException(
                    "a rule cannot apply to both regular resources and non-resource URLs");
        }
        return new Rule(
                level(tree.text("level")),
                texts(tree, "users"),
                texts(tree, "userGroups"),
                texts(tree, "verbs"),
                resources,
                texts(tree, "namespaces"),
                paths,
                Set.copyOf(omitted),
                tree.has("omitManagedFields")
                        ? tree.flag("omitManagedFields")
                        : policy.flag("omitManagedFields"));
    }

    private static Level level(String word) {
        for (Level level : Level.values()) {
            if (level.word.equals(word)) {
                return level;
            }
        }
        throw new IllegalArgumentException(
                "level \"%s\" is not one of None, Metadata, Request, RequestResponse"
                        .formatted(word));
    }

    private static Stage stage(String word) {
        for (Stage stage : Stage.values()) {
            if (stage.word.equals(word)) {
                return stage;
            }
        }
        throw new IllegalArgumentException(
                "stage \"%s\" is not one of RequestReceived, ResponseStarted, ResponseComplete, Panic"
                        .formatted(word));
    }

    private static void requireKnown(JsonObject tree, Set<String> members) {
        for (String name : tree.names()) {
            if (!members.contains(name)) {
                throw new IllegalArgumentException("it has an unknown field %s".formatted(name));
            }
        }
    }

    private static List<String> texts(Json tree, String name) {
        return tree.list(name).stream().map(Json::text).toList();
    }
}
