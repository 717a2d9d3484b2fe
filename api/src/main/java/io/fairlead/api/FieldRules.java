package io.fairlead.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The rules that need no more than one field: what must be there, which words and numbers it takes, what a name looks like.
///
/// They are data, by the schema's type: `rules/PACKAGE.facts` has a line for each type and below it a line for each rule,
/// ` field rule arguments`. So they hold wherever the type is used, in pods as in the templates of those that make pods.
/// Rules that compare fields are the `*Validation` classes'.
final class FieldRules {
    private static final Pattern SEARCH =
            Pattern.compile(
                    "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*");

    private static final Map<String, Map<String, List<Rule>>> PACKAGES = new ConcurrentHashMap<>();

    // Whether there are rules anywhere below a type: most trees are left alone at once.
    private static final Map<String, Boolean> REACHES = new ConcurrentHashMap<>();

    /// Most of what is missing is only told to be; these also tell that what is not there does not fit.
    private static final Set<String> EVEN_IF_MISSING =
            Set.of("labelKey", "absolute", "supported", "either");

    private static final Set<String> NAMES = Set.of("label", "subdomain");

    private final FieldErrors errors;

    private record Rule(String field, String name, String arguments) {
        String[] words() {
            return Arrays.stream(arguments.split(" "))
                    .map(word -> word.equals("\"\"") ? "" : word)
                    .toArray(String[]::new);
        }
    }

    private FieldRules(FieldErrors errors) {
        this.errors = errors;
    }

    /// Checks everything but metadata and status, whose rules are others'.
    static void check(JsonObject object, SchemaType type, FieldErrors errors) {
        FieldRules rules = new FieldRules(errors);
        rules.object("", object.without("metadata").without("status"), type);
    }

    private void object(String at, JsonObject tree, SchemaType type) {
        if (!reaches(type)) {
            return;
        }
        for (String name : tree.names()) {
            SchemaField field = type.field(name);
            Json value = tree.get(name);
            if (field != null && value != null) {
                value(child(at, name), value, field.type());
            }
        }
        List<Rule> rules = rulesOf(type.name());
        Set<String> missing = new HashSet<>();
        for (Rule rule : rules) {
            if (rule.name().equals("required") && isEmpty(tree, rule.field())) {
                missing.add(rule.field());
                require(child(at, rule.field()), rule.arguments());
            }
        }
        for (Rule rule : rules) {
            Json value = tree.get(rule.field());
            boolean told =
                    (missing.contains(rule.field()) && !EVEN_IF_MISSING.contains(rule.name()))
                            || (NAMES.contains(rule.name())
                                    && value instanceof JsonString text
                                    && text.value().isEmpty()
                                    && !isPointer(type, rule));
            if (rule.name().equals("reference")) {
                text(child(at, rule.field()), tree.text(rule.field()), rule);
            } else if (value != null && !told) {
                each(child(at, rule.field()), value, rule);
            }
        }
    }

    private void value(String at, Json value, SchemaType type) {
        switch (value) {
            case JsonObject object when type.shape() == SchemaType.Shape.OBJECT ->
                    object(at, object, type);
            case JsonArray array when type.element().shape() == SchemaType.Shape.OBJECT -> {
                for (int i = 0; i < array.size(); i++) {
                    value(at + "[" + i + "]", array.items().get(i), type.element());
                }
            }
            default -> {}
        }
    }

    private void require(String at, String why) {
        if (why.isEmpty()) {
            errors.required(at);
        } else {
            errors.required(at, why);
        }
    }

    private void each(String at, Json value, Rule rule) {
        switch (value) {
            case JsonArray array -> {
                for (int i = 0; i < array.size(); i++) {
                    each(at + "[" + i + "]", array.items().get(i), rule);
                }
            }
            case JsonString text -> text(at, text.value(), rule);
            case JsonNumber number -> number(at, number, rule);
            case JsonObject object -> {
                if (rule.name().equals("selector")) {
                    errors.selector(at, object);
                }
            }
            default -> {}
        }
    }

    private void text(String at, String text, Rule rule) {
        switch (rule.name()) {
            case "oneOf", "supported" -> errors.oneOf(at, text, rule.words());
            case "either" -> {
                if (!List.of(rule.words()).contains(text)) {
                    String[] words = rule.words();
                    words[words.length - 1] = "or " + words[words.length - 1];
                    errors.invalid(at, text, "must be either " + String.join(", ", words));
                }
            }
            case "label" -> errors.invalid(at, text, Names.dnsLabelErrors(text));
            case "labelKey" -> errors.invalid(at, text, Names.labelKeyErrors(text));
            case "subdomain", "reference" ->
                    errors.invalid(at, text, Names.dnsSubdomainErrors(text));
            case "dataKey" -> errors.invalid(at, text, Names.dataKeyErrors(text));
            case "search" -> errors.invalid(at, text, searchErrors(text));
            case "ip" -> errors.ip(at, text);
            case "absolute" -> {
                if (!text.startsWith("/")) {
                    errors.invalid(at, text, "must be an absolute path");
                }
            }
            case "relative" -> {
                if (text.startsWith("/")) {
                    errors.invalid(at, text, "must be a relative path");
                }
                noBacksteps(at, text);
            }
            case "noBacksteps" -> noBacksteps(at, text);
            default -> {}
        }
    }

    private void noBacksteps(String at, String path) {
        if (List.of(path.split("/")).contains("..")) {
            errors.invalid(at, path, "must not contain '..'");
        }
    }

    private void number(String at, JsonNumber number, Rule rule) {
        long value = number.value().longValue();
        switch (rule.name()) {
            case "mode" -> {
                if (value < 0 || value > 0777) {
                    errors.invalid(
                            at,
                            number,
                            "must be a number between 0 and 0777 (octal), both inclusive");
                }
            }
            case "within" -> {
                String[] words = rule.arguments().split(" ", 3);
                if (value < Long.parseLong(words[0]) || value > Long.parseLong(words[1])) {
                    errors.invalid(at, number, words[2]);
                }
            }
            default -> {}
        }
    }

    /// A domain to search in may end with a dot, be nothing else, and have underscores.
    private static List<String> searchErrors(String domain) {
        if (domain.equals(".")) {
            return List.of();
        }
        String plain = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
        List<String> wrong = new ArrayList<>();
        if (plain.length() > 253) {
            wrong.add("must be no more than 253 characters");
        }
        if (!SEARCH.matcher(plain).matches()) {
            wrong.add(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric"
                            + " characters, '_', '-' or '.', and must start and end with an"
                            + " alphanumeric character (e.g. 'example.com', regex used for validation"
                            + " is '"
                            + SEARCH
                            + "')");
        }
        return wrong;
    }

    /// Whether an empty text is a text: other fields are empty where nobody set them.
    private static boolean isPointer(SchemaType type, Rule rule) {
        SchemaField field = type.field(rule.field());
        return field != null && field.goType().text().startsWith("*");
    }

    private static boolean isEmpty(JsonObject tree, String field) {
        return tree.text(field).isEmpty() && tree.list(field).isEmpty();
    }

    private static String child(String at, String name) {
        return at.isEmpty() ? name : at + "." + name;
    }

    private static boolean reaches(SchemaType type) {
        if (type.name().isEmpty()) {
            return false;
        }
        Boolean known = REACHES.get(type.name());
        if (known == null) {
            known = reaches(type, new HashSet<>());
            REACHES.put(type.name(), known);
        }
        return known;
    }

    /// @param seen the types above: some contain themselves
    private static boolean reaches(SchemaType type, Set<String> seen) {
        SchemaType one = type.shape() == SchemaType.Shape.LIST ? type.element() : type;
        if (one.shape() != SchemaType.Shape.OBJECT || !seen.add(one.name())) {
            return false;
        }
        return !rulesOf(one.name()).isEmpty()
                || one.fields().values().stream().anyMatch(field -> reaches(field.type(), seen));
    }

    private static List<Rule> rulesOf(String type) {
        int dot = type.lastIndexOf('.');
        return dot < 0
                ? List.of()
                : PACKAGES.computeIfAbsent(type.substring(0, dot), FieldRules::read)
                        .getOrDefault(type.substring(dot + 1), List.of());
    }

    private static Map<String, List<Rule>> read(String packageName) {
        Map<String, List<Rule>> rules = new HashMap<>();
        Facts.types("rules", packageName)
                .forEach((type, lines) -> {
                    List<Rule> ofType = new ArrayList<>();
                    for (String line : lines.subList(1, lines.size())) {
                        String[] words = line.strip().split(" ", 3);
                        ofType.add(new Rule(words[0], words[1], words.length > 2 ? words[2] : ""));
                    }
                    rules.put(type, ofType);
                });
        return rules;
    }
}
