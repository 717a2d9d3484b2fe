package io.fairlead.expressions;

import com.google.common.primitives.UnsignedLong;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// `find`, `findAll` and `format` of texts, and Go's way to write durations.
final class TextFunctions {
    private static final java.util.regex.Pattern GO_DURATION =
            java.util.regex.Pattern.compile("([0-9]*\\.?[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w)");

    // A percent sign, maybe a precision, and one letter.
    private static final java.util.regex.Pattern CLAUSE =
            java.util.regex.Pattern.compile(
                    "%(?:\\.([0-9]{0,3}))?(.?)", java.util.regex.Pattern.DOTALL);

    private TextFunctions() {}

    static void addTo(FunctionSet functions) {
        functions.member(
                "find",
                of -> find((String) of[0], (String) of[1]),
                SimpleType.STRING,
                Kinds.TEXT,
                Kinds.TEXT);
        ListType texts = ListType.create(SimpleType.STRING);
        functions.member(
                "findAll",
                of -> findAll((String) of[0], (String) of[1], -1),
                texts,
                Kinds.TEXT,
                Kinds.TEXT);
        functions.member(
                "findAll",
                of -> findAll((String) of[0], (String) of[1], (Long) of[2]),
                texts,
                Kinds.TEXT,
                Kinds.TEXT,
                Kinds.WHOLE);
        functions.member(
                "format",
                of -> format((String) of[0], List.copyOf((Collection<?>) of[1])),
                SimpleType.STRING,
                Kinds.TEXT,
                Kinds.ITEMS);
    }

    private static String find(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group() : "";
    }

    private static List<String> findAll(String text, String pattern, long limit) {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while ((limit < 0 || found.size() < limit) && matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    private static String format(String form, List<Object> arguments) {
        StringBuilder text = new StringBuilder();
        java.util.regex.Matcher clauses = CLAUSE.matcher(form);
        int next = 0;
        int at = 0;
        while (clauses.find()) {
            text.append(form, at, clauses.start());
            at = clauses.end();
            String verb = clauses.group(2);
            if (verb.isEmpty()) {
                throw new IllegalArgumentException("unexpected end of format string");
            }
            if (verb.equals("%")) {
                text.append('%');
                continue;
            }
            if (next >= arguments.size()) {
                throw new IllegalArgumentException("index " + next + " out of range");
            }
            String digits = clauses.group(1);
            int precision = digits == null ? -1 : Integer.parseInt("0" + digits);
            text.append(formatted(verb.charAt(0), precision, arguments.get(next++)));
        }
        return text.append(form, at, form.length()).toString();
    }

    private static String formatted(char verb, int precision, Object value) {
        return switch (verb) {
            case 's' -> shown(value);
            case 'd' ->
                    switch (value) {
                        case Long whole -> whole.toString();
                        case UnsignedLong whole -> whole.toString();
                        case Double number when number.isNaN() || number.isInfinite() ->
                                shown(number);
                        default -> throw misfit(verb, value);
                    };
            case 'f' -> decimal(value, verb, precision).toPlainString();
            case 'e' ->
                    "%."
                            .concat((precision < 0 ? 6 : precision) + "e")
                            .formatted(number(value, verb));
            case 'b' ->
                    switch (value) {
                        case Long whole ->
                                whole < 0
                                        ? "-" + Long.toBinaryString(-whole)
                                        : Long.toBinaryString(whole);
                        case Boolean flag -> flag ? "1" : "0";
                        default -> throw misfit(verb, value);
                    };
            case 'o' -> value instanceof Long whole ? Long.toString(whole, 8) : refuse(verb, value);
            case 'x', 'X' -> {
                String hex =
                        switch (value) {
                            case Long whole -> Long.toString(whole, 16);
                            case String text -> hex(text);
                            default -> throw misfit(verb, value);
                        };
                yield verb == 'X' ? hex.toUpperCase(Locale.ROOT) : hex;
            }
            default ->
                    throw new IllegalArgumentException(
                            "could not parse formatting clause: unrecognized formatting clause \"%s\""
                                    .formatted(verb));
        };
    }

    private static String hex(String text) {
        StringBuilder hex = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            hex.append("%02x".formatted(each));
        }
        return hex.toString();
    }

    private static BigDecimal decimal(Object value, char verb, int precision) {
        return BigDecimal.valueOf(number(value, verb))
                .setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN);
    }

    private static double number(Object value, char verb) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw misfit(verb, value);
    }

    private static String refuse(char verb, Object value) {
        throw misfit(verb, value);
    }

    private static IllegalArgumentException misfit(char verb, Object value) {
        return new IllegalArgumentException(
                "error during formatting: %s clause can not be used on %s"
                        .formatted(
                                verb, value.getClass().getSimpleName().toLowerCase(Locale.ROOT)));
    }

    private static String shown(Object value) {
        return switch (value) {
            case String text -> text;
            case Double number ->
                    number == Math.rint(number) && !number.isInfinite()
                            ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
                            : number.toString();
            case NullValue absent -> "null";
            case Instant time -> time.toString();
            case Duration span ->
                    BigDecimal.valueOf(span.toNanos(), 9).stripTrailingZeros().toPlainString()
                            + "s";
            case Collection<?> items -> {
                List<String> parts = new ArrayList<>();
                items.forEach(item -> parts.add(shown(item)));
                yield "[" + String.join(", ", parts) + "]";
            }
            case Map<?, ?> members -> {
                Map<String, String> sorted = new TreeMap<>();
                members.forEach((name, member) -> sorted.put(shown(name), shown(member)));
                List<String> parts = new ArrayList<>();
                sorted.forEach((name, member) -> parts.add(name + ": " + member));
                yield "{" + String.join(", ", parts) + "}";
            }
            default -> value.toString();
        };
    }

    /// A duration as Go writes it: `1h30m`, `-5s`, `0`.
    ///
    /// @throws IllegalArgumentException for other texts
    static Duration duration(String text) {
        boolean isNegative = text.startsWith("-");
        String rest = isNegative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        java.util.regex.Matcher matcher = GO_DURATION.matcher(rest);
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        while (matcher.find() && matcher.start() == at) {
            nanos = nanos.add(new BigDecimal(matcher.group(1)).multiply(unit(matcher.group(2))));
            at = matcher.end();
        }
        if (at == 0 || at < rest.length()) {
            throw new IllegalArgumentException("time: invalid duration \"" + text + "\"");
        }
        Duration span = Duration.ofNanos(nanos.longValue());
        return isNegative ? span.negated() : span;
    }

    private static BigDecimal unit(String unit) {
        return BigDecimal.valueOf(
                switch (unit) {
                    case "ns" -> 1L;
                    case "ms" -> 1_000_000L;
                    case "s" -> 1_000_000_000L;
                    case "m" -> 60_000_000_000L;
                    case "h" -> 3_600_000_000_000L;
                    case "d" -> 86_400_000_000_000L;
                    case "w" -> 604_800_000_000_000L;
                    default -> 1_000L;
                });
    }
}
