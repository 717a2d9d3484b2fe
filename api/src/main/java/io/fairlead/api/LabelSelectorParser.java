package io.fairlead.api;

import io.fairlead.api.LabelSelector.Operator;
import io.fairlead.api.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Parses the text form of label selectors. Its complaints are those that Kubernetes' clients know.
final class LabelSelectorParser {
    private static final String SYMBOLS = "=!(),<>";
    private static final Set<String> TOKENS = Set.of(")", ",", "!", "==", "=", "!=", "(", ">", "<");

    private final String text;
    private int at;
    private Token next;

    private enum Kind {
        WORD,
        SYMBOL,
        ERROR,
        END
    }

    private record Token(Kind kind, String literal) {
        boolean is(String symbol) {
            return kind == Kind.SYMBOL && literal.equals(symbol);
        }
    }

    LabelSelectorParser(String text) {
        this.text = text;
        this.next = new Token(Kind.END, "");
    }

    LabelSelector parse() {
        next = scan();
        List<Requirement> requirements = new ArrayList<>();
        while (next.kind() != Kind.END) {
            if (next.kind() != Kind.WORD && !next.is("!")) {
                throw refused(
                        "found '%s', expected: !, identifier, or 'end of string'"
                                .formatted(next.literal()));
            }
            requirements.add(requirement());
            Token after = take();
            if (after.kind() == Kind.END) {
                break;
            }
            if (!after.is(",")) {
                throw refused(
                        "found '%s', expected: ',' or 'end of string'".formatted(after.literal()));
            }
            if (next.kind() != Kind.WORD && !next.is("!")) {
                throw refused(
                        "found '%s', expected: identifier after ','".formatted(next.literal()));
            }
        }
        return new LabelSelector(requirements);
    }

    private Requirement requirement() {
        boolean absent = next.is("!");
        if (absent) {
            take();
        }
        Token key = take();
        if (key.kind() != Kind.WORD) {
            throw badRequirement("found '%s', expected: identifier".formatted(key.literal()));
        }
        List<String> wrong = Names.labelKeyErrors(key.literal());
        if (!wrong.isEmpty()) {
            throw badRequirement(
                    "<nil>: Invalid value: \"%s\": %s"
                            .formatted(key.literal(), String.join("; ", wrong)));
        }
        if (next.kind() == Kind.END || next.is(",")) {
            Operator operator = absent ? Operator.NOT_EXISTS : Operator.EXISTS;
            return new Requirement(key.literal(), operator, List.of());
        }
        Requirement requirement = comparison(key.literal(), take());
        checkValues(requirement);
        return requirement;
    }

    private Requirement comparison(String key, Token operator) {
        return switch (operator.literal()) {
            case "in" -> new Requirement(key, Operator.IN, values());
            case "notin" -> new Requirement(key, Operator.NOT_IN, values());
            case "=", "==" -> new Requirement(key, Operator.IN, exactValue());
            case "!=" -> new Requirement(key, Operator.NOT_IN, exactValue());
            case ">" -> new Requirement(key, Operator.GREATER, exactValue());
            case "<" -> new Requirement(key, Operator.LESS, exactValue());
            default ->
                    throw badRequirement(
                            "found '%s', expected: in, notin, =, ==, !=, gt, lt"
                                    .formatted(operator.literal()));
        };
    }

    private static void checkValues(Requirement requirement) {
        boolean ordered =
                requirement.operator() == Operator.GREATER
                        || requirement.operator() == Operator.LESS;
        if (ordered && !LabelSelector.isNumber(requirement.values().getFirst())) {
            throw badRequirement(
                    "values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' operators, the value must be an integer"
                            .formatted(requirement.values().getFirst()));
        }
        for (int i = 0; i < requirement.values().size(); i++) {
            String value = requirement.values().get(i);
            List<String> wrong = Names.labelValueErrors(value);
            if (!wrong.isEmpty()) {
                throw badRequirement(
                        "values[%d][%s]: Invalid value: \"%s\": %s"
                                .formatted(i, requirement.key(), value, String.join("; ", wrong)));
            }
        }
    }

    private List<String> values() {
        Token open = take();
        if (!open.is("(")) {
            throw badRequirement("found '%s' expected: '('".formatted(open.literal()));
        }
        Set<String> values = new TreeSet<>();
        boolean expectsValue = true;
        while (true) {
            Token token = take();
            if (token.kind() == Kind.WORD && expectsValue) {
                values.add(token.literal());
                expectsValue = false;
            } else if (token.is(",")) {
                if (expectsValue) {
                    values.add("");
                }
                expectsValue = true;
            } else if (token.is(")")) {
                if (expectsValue && !text.substring(0, at).replace(" ", "").endsWith("()")) {
                    values.add("");
                }
                return List.copyOf(values);
            } else {
                throw badRequirement("found '%s', expected: ',' or ')'".formatted(token.literal()));
            }
        }
    }

    private List<String> exactValue() {
        if (next.kind() == Kind.END || next.is(",")) {
            return List.of("");
        }
        Token value = take();
        if (value.kind() != Kind.WORD) {
            throw badRequirement("found '%s', expected: identifier".formatted(value.literal()));
        }
        return List.of(value.literal());
    }

    private Token take() {
        Token taken = next;
        next = scan();
        return taken;
    }

    private Token scan() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Kind.END, "");
        }
        int start = at;
        if (SYMBOLS.indexOf(text.charAt(at)) >= 0) {
            at++;
            while (at < text.length()
                    && SYMBOLS.indexOf(text.charAt(at)) >= 0
                    && TOKENS.contains(text.substring(start, at + 1))) {
                at++;
            }
            String symbol = text.substring(start, at);
            return new Token(TOKENS.contains(symbol) ? Kind.SYMBOL : Kind.ERROR, symbol);
        }
        while (at < text.length()
                && SYMBOLS.indexOf(text.charAt(at)) < 0
                && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return new Token(Kind.WORD, text.substring(start, at));
    }

    private static ApiException badRequirement(String message) {
        return refused("unable to parse requirement: " + message);
    }

    private static ApiException refused(String message) {
        return new ApiException(Status.badRequest(message));
    }
}
