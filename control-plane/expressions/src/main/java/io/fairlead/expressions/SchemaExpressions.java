package io.fairlead.expressions;

import io.fairlead.api.Correlation;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.FieldError;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The rules (`x-kubernetes-validations`) of a structural schema. Rules are compiled when the first object comes; safe for use by many threads.
public final class SchemaExpressions implements CustomVersion.SchemaRules {
    private static final String RULES = "x-kubernetes-validations";
    private static final Pattern NAMED = Pattern.compile("\\['([^']*)']|\\.([^.\\[]+)");

    private final JsonObject schema;
    private volatile @Nullable Node root;

    private SchemaExpressions(JsonObject schema) {
        this.schema = schema;
    }

    /// The judge of a schema; [CustomVersion.SchemaRules#NONE] when it has no rules.
    public static CustomVersion.SchemaRules of(JsonObject schema) {
        return hasRules(schema) ? new SchemaExpressions(schema) : CustomVersion.SchemaRules.NONE;
    }

    /// What is wrong with the rules of a schema that somebody wants to use.
    ///
    /// @param at where the schema is
    public static List<FieldError> problems(JsonObject schema, String at) {
        List<FieldError> problems = new ArrayList<>();
        if (hasRules(schema)) {
            compile(SchemaTypes.withObjectFields(schema), at, problems);
        }
        return problems;
    }

    @Override
    public List<FieldError> check(Optional<JsonObject> before, JsonObject after) {
        Node known = root;
        if (known == null) {
            known = compile(SchemaTypes.withObjectFields(schema), "", new ArrayList<>());
            root = known;
        }
        Check check = new Check(Budget.ofObject());
        check.at(known, before.orElse(null), after, "");
        return check.errors;
    }

    /// One place of a schema, with what is judged there and below.
    private record Node(
            JsonObject schema,
            List<Rule> rules,
            Map<String, Node> properties,
            @Nullable Node additional,
            @Nullable Node items) {
        boolean isEmpty() {
            return rules.isEmpty() && properties.isEmpty() && additional == null && items == null;
        }
    }

    private record Rule(JsonObject told, Expression expression, @Nullable Expression message) {
        boolean isTransition() {
            return expression.mentions("oldSelf");
        }

        boolean isOldOptional() {
            return told.flag("optionalOldSelf");
        }
    }

    private static boolean hasRules(Json schema) {
        if (schema instanceof JsonArray array) {
            return array.items().stream().anyMatch(SchemaExpressions::hasRules);
        }
        if (!(schema instanceof JsonObject object)) {
            return false;
        }
        boolean isHere = !object.list(RULES).isEmpty();
        boolean[] found = {isHere};
        object.object("properties").forEach((name, property) -> found[0] |= hasRules(property));
        for (String name : new String[] {"items", "additionalProperties"}) {
            Json inner = object.get(name);
            found[0] |= inner != null && hasRules(inner);
        }
        return found[0];
    }

    private static Node compile(JsonObject schema, String at, List<FieldError> problems) {
        Map<String, Node> properties = new HashMap<>();
        JsonObject told = schema.object("properties");
        for (String name : told.names()) {
            Node node = compile(told.object(name), at + ".properties[" + name + "]", problems);
            if (!node.isEmpty()) {
                properties.put(name, node);
            }
        }
        return new Node(
                schema,
                rules(schema, at, problems),
                properties,
                inner(schema, "additionalProperties", at, problems),
                inner(schema, "items", at, problems));
    }

    private static @Nullable Node inner(
            JsonObject schema, String name, String at, List<FieldError> problems) {
        if (schema.get(name) instanceof JsonObject known) {
            Node node = compile(known, at + "." + name, problems);
            return node.isEmpty() ? null : node;
        }
        return null;
    }

    private static List<Rule> rules(JsonObject schema, String at, List<FieldError> problems) {
        List<Rule> rules = new ArrayList<>();
        List<Json> told = schema.list(RULES);
        for (int i = 0; i < told.size(); i++) {
            if (told.get(i) instanceof JsonObject rule) {
                String each = at + "." + RULES + "[" + i + "]";
                Rule compiled = rule(schema, rule, each, problems);
                if (compiled != null) {
                    rules.add(compiled);
                }
            }
        }
        return rules;
    }

    private static @Nullable Rule rule(
            JsonObject schema, JsonObject rule, String at, List<FieldError> problems) {
        String text = rule.text("rule");
        if (text.isBlank()) {
            problems.add(
                    new FieldError(
                            at + ".rule",
                            "FieldValueRequired",
                            "Required value: rule is not specified"));
            return null;
        }
        if (rule.text("message").contains("\n")) {
            problems.add(
                    new FieldError(
                            at + ".message",
                            "FieldValueInvalid",
                            "Invalid value: %s: message must not contain line breaks"
                                    .formatted(JsonWriter.text(Json.of(rule.text("message"))))));
        }
        ExpressionCompiler compiler =
                ExpressionCompiler.ofSchema(schema, rule.flag("optionalOldSelf"));
        if (compiler == null) {
            return null;
        }
        Expression expression;
        try {
            expression = compiler.compile(text);
            if (!expression.resultType().equals("bool")) {
                throw new ExpressionException("cel expression must evaluate to a bool");
            }
        } catch (ExpressionException e) {
            problems.add(invalid(at + ".rule", shown(rule), e.getMessage()));
            return null;
        }
        FieldError cost = CostEstimate.problem(text, schema, at + ".rule");
        if (cost != null) {
            problems.add(cost);
        }
        Expression message = null;
        if (!rule.text("messageExpression").isBlank()) {
            try {
                message = compiler.compile(rule.text("messageExpression"));
                if (!message.resultType().equals("string")) {
                    throw new ExpressionException("messageExpression must evaluate to a string");
                }
            } catch (ExpressionException e) {
                problems.add(
                        invalid(
                                at + ".messageExpression",
                                shown(rule),
                                e.getMessage()
                                        .replaceFirst(
                                                "^compilation failed",
                                                "messageExpression compilation failed")));
            }
        }
        return new Rule(rule, expression, message);
    }

    /// A rule as Kubernetes prints it in refusals.
    private static String shown(JsonObject rule) {
        return JsonWriter.text(
                JsonObject.builder()
                        .put("Rule", rule.text("rule"))
                        .put("Message", rule.text("message"))
                        .put("MessageExpression", rule.text("messageExpression"))
                        .put("Reason", rule.find("reason").orElse(JsonNull.NULL))
                        .put("FieldPath", rule.text("fieldPath"))
                        .put("OptionalOldSelf", rule.find("optionalOldSelf").orElse(JsonNull.NULL))
                        .build());
    }

    private static FieldError invalid(String at, String value, String why) {
        return new FieldError(at, "FieldValueInvalid", "Invalid value: " + value + ": " + why);
    }

    /// One object on its way through the rules.
    private static final class Check {
        private final Budget budget;
        private final List<FieldError> errors = new ArrayList<>();

        Check(Budget budget) {
            this.budget = budget;
        }

        void at(Node node, @Nullable Json before, Json after, String path) {
            if (budget.isSpent()) {
                return;
            }
            boolean isSame = before != null && before.equals(after);
            Object self = null;
            for (Rule rule : node.rules()) {
                boolean isDue =
                        rule.isTransition() ? before != null || rule.isOldOptional() : !isSame;
                if (isDue) {
                    self = self == null ? SchemaTypes.value(after, node.schema()) : self;
                    judge(rule, node, self, before, after, path);
                }
            }
            if (after instanceof JsonObject object) {
                members(node, before, object, path);
            } else if (after instanceof JsonArray array && node.items() != null) {
                for (int i = 0; i < array.size(); i++) {
                    Json item = array.items().get(i);
                    Json old =
                            before == null ? null : Correlation.item(node.schema(), before, item);
                    at(node.items(), old, item, path + "[" + i + "]");
                }
            }
        }

        private void members(Node node, @Nullable Json before, JsonObject object, String path) {
            JsonObject old = before instanceof JsonObject other ? other : JsonObject.EMPTY;
            object.forEach((name, value) -> {
                Node property = node.properties().get(name);
                if (value instanceof JsonNull) {
                    return;
                }
                if (property != null) {
                    at(property, old.get(name), value, path.isEmpty() ? name : path + "." + name);
                } else if (node.additional() != null) {
                    at(node.additional(), old.get(name), value, path + "[" + name + "]");
                }
            });
        }

        private void judge(
                Rule rule, Node node, Object self, @Nullable Json before, Json after, String path) {
            Map<String, Object> variables = new HashMap<>();
            variables.put("self", self);
            Object old = before == null ? null : SchemaTypes.value(before, node.schema());
            if (rule.isOldOptional()) {
                variables.put("oldSelf", Optional.ofNullable(old));
            } else if (old != null) {
                variables.put("oldSelf", old);
            }
            String text = rule.told().text("rule").strip();
            String named =
                    rule.told().text("message").isBlank()
                            ? text
                            : rule.told().text("message").strip();
            try {
                if (!rule.expression().holds(variables, budget)) {
                    errors.add(failure(rule, variables, after, path));
                }
            } catch (ExpressionException e) {
                String shown = shown(after);
                if (e.isOverBudget()) {
                    errors.add(
                            invalid(
                                    shownPath(path),
                                    shown,
                                    "'%s': no further validation rules will be run due to call cost exceeds limit for rule: %s"
                                            .formatted(e.getMessage(), named)));
                    budget.spend(Budget.OBJECT_MAX);
                } else if (e.getMessage().startsWith("no such overload")) {
                    errors.add(
                            invalid(
                                    shownPath(path),
                                    shown,
                                    "'%s': call arguments did not match a supported operator, function or macro signature for rule: %s"
                                            .formatted(e.getMessage(), named)));
                } else {
                    errors.add(
                            invalid(
                                    shownPath(path),
                                    shown,
                                    "%s evaluating rule: %s".formatted(e.getMessage(), named)));
                }
            }
        }

        private FieldError failure(
                Rule rule, Map<String, Object> variables, Json after, String path) {
            String message = message(rule, variables);
            String at = shownPath(path + fieldPath(rule.told().text("fieldPath"), path.isEmpty()));
            String reason = rule.told().text("reason");
            String shown = shown(after);
            return switch (reason) {
                case "FieldValueRequired" ->
                        new FieldError(at, reason, "Required value: " + message);
                case "FieldValueForbidden" -> new FieldError(at, reason, "Forbidden: " + message);
                case "FieldValueDuplicate" ->
                        new FieldError(at, reason, "Duplicate value: " + shown + ": " + message);
                default -> invalid(at, shown, message);
            };
        }

        private String message(Rule rule, Map<String, Object> variables) {
            Expression expression = rule.message();
            if (expression != null) {
                try {
                    Object value = expression.evaluate(variables, budget);
                    if (value instanceof String text && !text.isBlank() && !text.contains("\n")) {
                        return text.strip();
                    }
                } catch (ExpressionException e) {
                    // A message that cannot be made gives way to the fixed one.
                }
            }
            String fixed = rule.told().text("message").strip();
            return fixed.isEmpty() ? "failed rule: " + rule.told().text("rule").strip() : fixed;
        }

        private static String shown(Json value) {
            return switch (value) {
                case JsonObject object -> "\"object\"";
                case JsonArray array -> "\"array\"";
                default -> JsonWriter.text(value);
            };
        }

        private static String shownPath(String path) {
            return path.isEmpty() ? "<nil>" : path;
        }

        /// A rule's own path, which leads on from where the rule is: `.a['b-c']` as `.a.b-c`.
        private static String fieldPath(String told, boolean isRoot) {
            StringBuilder path = new StringBuilder();
            Matcher names = NAMED.matcher(told);
            while (names.find()) {
                String name = names.group(1) == null ? names.group(2) : names.group(1);
                path.append(isRoot && path.isEmpty() ? "" : ".").append(name);
            }
            return path.toString();
        }
    }
}
