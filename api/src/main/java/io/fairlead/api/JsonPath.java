package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// The paths that custom resources' columns, scales and selectors are written in: `.spec.list[0].name`, `['a.b']`, `[*]`, and
/// `[?(@.type=="Ready")]`. Immutable.
public final class JsonPath {
    private final String text;
    private final List<Step> steps;

    private sealed interface Step {
        record Member(String name) implements Step {}

        record Index(int index) implements Step {}

        record Every() implements Step {}

        record Where(List<String> path, String operator, String value) implements Step {}
    }

    private JsonPath(String text, List<Step> steps) {
        this.text = text;
        this.steps = steps;
    }

    /// @throws JsonSyntaxException when the text is no path
    public static JsonPath parse(String text) {
        return new JsonPath(text, new Parser(text).steps());
    }

    /// All values at the path; none where it leads nowhere.
    public List<Json> find(Json root) {
        List<Json> found = List.of(root);
        for (Step step : steps) {
            List<Json> next = new ArrayList<>();
            for (Json value : found) {
                follow(step, value, next);
            }
            found = next;
        }
        return found;
    }

    /// The names of a path that has nothing but names in it.
    ///
    /// @throws JsonSyntaxException when there is more in it
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (Step step : steps) {
            if (!(step instanceof Step.Member member)) {
                throw new JsonSyntaxException("the path " + text + " has more than names in it");
            }
            names.add(member.name());
        }
        return names;
    }

    private static void follow(Step step, Json value, List<Json> into) {
        switch (step) {
            case Step.Member member -> value.find(member.name()).ifPresent(into::add);
            case Step.Index index -> {
                List<Json> items = value.list();
                int at = index.index() < 0 ? items.size() + index.index() : index.index();
                if (at >= 0 && at < items.size()) {
                    into.add(items.get(at));
                }
            }
            case Step.Every every -> {
                if (value instanceof JsonObject object) {
                    object.forEach((name, member) -> into.add(member));
                } else {
                    into.addAll(value.list());
                }
            }
            case Step.Where where ->
                    value.list().stream().filter(item -> holds(where, item)).forEach(into::add);
        }
    }

    private static boolean holds(Step.Where where, Json item) {
        List<Json> found = List.of(item);
        for (String name : where.path()) {
            found = found.stream().flatMap(value -> value.find(name).stream()).toList();
        }
        if (where.operator().isEmpty()) {
            return !found.isEmpty();
        }
        if (found.isEmpty()) {
            return false;
        }
        Json value = found.getFirst();
        String shown = value instanceof JsonString string ? string.value() : value.toString();
        return switch (where.operator()) {
            case "==" -> shown.equals(where.value());
            case "!=" -> !shown.equals(where.value());
            default -> compare(shown, where);
        };
    }

    private static boolean compare(String shown, Step.Where where) {
        try {
            int order =
                    Double.compare(Double.parseDouble(shown), Double.parseDouble(where.value()));
            return switch (where.operator()) {
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                default -> order >= 0;
            };
        } catch (NumberFormatException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return text;
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            String bare = text.strip();
            if (bare.startsWith("{") && bare.endsWith("}")) {
                bare = bare.substring(1, bare.length() - 1);
            }
            this.text = bare.startsWith("$") ? bare.substring(1) : bare;
        }

        List<Step> steps() {
            List<Step> steps = new ArrayList<>();
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '.') {
                    at++;
                    if (at == text.length() && steps.isEmpty()) {
                        break;
                    }
                    steps.add(member());
                } else if (c == '[') {
                    at++;
                    steps.add(bracket());
                } else if (at == 0) {
                    steps.add(member());
                } else {
                    throw bad("unexpected '" + c + "'");
                }
            }
            return steps;
        }

        private Step member() {
            StringBuilder name = new StringBuilder();
            while (at < text.length() && text.charAt(at) != '.' && text.charAt(at) != '[') {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    at++;
                }
                name.append(text.charAt(at++));
            }
            if (name.isEmpty()) {
                throw bad("a name is missing");
            }
            return name.toString().equals("*")
                    ? new Step.Every()
                    : new Step.Member(name.toString());
        }

        private Step bracket() {
            if (text.startsWith("?(", at)) {
                int end = text.indexOf(")]", at);
                if (end < 0) {
                    throw bad("unterminated filter");
                }
                String filter = text.substring(at + 2, end).strip();
                at = end + 2;
                return where(filter);
            }
            int end = closing();
            String inside = text.substring(at, end).strip();
            at = end + 1;
            if (inside.equals("*")) {
                return new Step.Every();
            }
            if (inside.length() > 1 && isQuote(inside.charAt(0))) {
                return new Step.Member(unquoted(inside));
            }
            try {
                return new Step.Index(Integer.parseInt(inside));
            } catch (NumberFormatException e) {
                throw bad("invalid array index " + inside);
            }
        }

        private int closing() {
            char quote = 0;
            for (int i = at; i < text.length(); i++) {
                char c = text.charAt(i);
                if (quote != 0) {
                    quote = c == quote ? 0 : quote;
                } else if (isQuote(c)) {
                    quote = c;
                } else if (c == ']') {
                    return i;
                }
            }
            throw bad("unterminated array");
        }

        private Step where(String filter) {
            for (String operator : new String[] {"==", "!=", "<=", ">=", "<", ">"}) {
                int found = filter.indexOf(operator);
                if (found > 0) {
                    String value = filter.substring(found + operator.length()).strip();
                    return new Step.Where(
                            path(filter.substring(0, found).strip()), operator, unquoted(value));
                }
            }
            return new Step.Where(path(filter), "", "");
        }

        private List<String> path(String at) {
            if (!at.startsWith("@")) {
                throw bad("a filter begins with @");
            }
            return at.length() < 2 ? List.of() : JsonPath.parse(at.substring(1)).names();
        }

        private static String unquoted(String value) {
            boolean isQuoted =
                    value.length() > 1
                            && isQuote(value.charAt(0))
                            && value.charAt(value.length() - 1) == value.charAt(0);
            return isQuoted ? value.substring(1, value.length() - 1) : value;
        }

        private static boolean isQuote(char c) {
            return c == '\'' || c == '"';
        }

        private JsonSyntaxException bad(String why) {
            return new JsonSyntaxException("the path " + text + " cannot be read: " + why);
        }
    }
}
