package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Selects objects by their labels: all requirements must hold.
public record LabelSelector(List<Requirement> requirements) {
    /// How a label is compared.
    public enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        NOT_EXISTS,
        GREATER,
        LESS
    }

    /// One condition on one label.
    public record Requirement(String key, Operator operator, List<String> values) {
        boolean holds(@Nullable String value) {
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case NOT_EXISTS -> value == null;
                case GREATER -> value != null && isNumber(value) && compare(value) > 0;
                case LESS -> value != null && isNumber(value) && compare(value) < 0;
            };
        }

        private int compare(String value) {
            return Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst()));
        }

        @Override
        public String toString() {
            String all = String.join(",", values);
            return switch (operator) {
                case IN -> values.size() == 1 ? key + "=" + all : key + " in (" + all + ")";
                case NOT_IN -> values.size() == 1 ? key + "!=" + all : key + " notin (" + all + ")";
                case EXISTS -> key;
                case NOT_EXISTS -> "!" + key;
                case GREATER -> key + ">" + all;
                case LESS -> key + "<" + all;
            };
        }
    }

    public static final LabelSelector EVERYTHING = new LabelSelector(List.of());
    public static final LabelSelector NOTHING =
            new LabelSelector(List.of(new Requirement("", Operator.IN, List.of())));

    public LabelSelector {
        requirements = List.copyOf(requirements);
    }

    /// The text form of URLs and command lines, such as `app=web,tier in (a,b),!old`.
    ///
    /// @throws ApiException 400 when it cannot be understood
    public static LabelSelector parse(String text) {
        return text.isBlank() ? EVERYTHING : new LabelSelectorParser(text).parse();
    }

    /// Labels that must all be there, as in the selector of a Service.
    public static LabelSelector ofLabels(Map<String, String> labels) {
        List<Requirement> requirements = new ArrayList<>();
        labels.forEach((key, value) ->
                requirements.add(new Requirement(key, Operator.IN, List.of(value))));
        return new LabelSelector(requirements);
    }

    /// The object form, with `matchLabels` and `matchExpressions`; an empty one selects everything.
    public static LabelSelector of(JsonObject selector) {
        List<Requirement> requirements =
                new ArrayList<>(ofLabels(selector.texts("matchLabels")).requirements());
        for (Json expression : selector.list("matchExpressions")) {
            Operator operator =
                    switch (expression.text("operator")) {
                        case "In" -> Operator.IN;
                        case "NotIn" -> Operator.NOT_IN;
                        case "Exists" -> Operator.EXISTS;
                        case "DoesNotExist" -> Operator.NOT_EXISTS;
                        default ->
                                throw new ApiException(
                                        Status.badRequest(
                                                "\"%s\" is not a valid label selector operator"
                                                        .formatted(expression.text("operator"))));
                    };
            List<String> values = expression.list("values").stream().map(Json::text).toList();
            requirements.add(new Requirement(expression.text("key"), operator, values));
        }
        return new LabelSelector(requirements);
    }

    public boolean isEverything() {
        return requirements.isEmpty();
    }

    public boolean matches(Map<String, String> labels) {
        for (Requirement requirement : requirements) {
            if (!requirement.holds(labels.get(requirement.key()))) {
                return false;
            }
        }
        return true;
    }

    /// Whether an object's labels match, without building a map of them.
    public boolean matches(JsonObject object) {
        if (requirements.isEmpty()) {
            return true;
        }
        JsonObject labels = object.object("metadata", "labels");
        for (Requirement requirement : requirements) {
            Json value = labels.get(requirement.key());
            if (!requirement.holds(value instanceof JsonString text ? text.value() : null)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        List<String> parts = requirements.stream().map(Requirement::toString).toList();
        return String.join(",", new TreeSet<>(parts));
    }

    static boolean isNumber(String text) {
        int start = text.startsWith("-") ? 1 : 0;
        if (text.length() == start || text.length() > 18) {
            return false;
        }
        return text.chars().skip(start).allMatch(c -> c >= '0' && c <= '9');
    }
}
