package io.fairlead.api;

import org.jspecify.annotations.Nullable;

/// What an unquoted YAML scalar means, by the rules that Kubernetes' own decoder follows: those of YAML 1.1 for booleans
/// and octal numbers, and times stay strings.
final class YamlScalar {
    private YamlScalar() {}

    static Json resolve(String text) {
        if (text.isEmpty()) {
            return JsonNull.NULL;
        }
        char first = text.charAt(0);
        if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
            return number(text);
        }
        return switch (text) {
            case "~", "null", "Null", "NULL" -> JsonNull.NULL;
            case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON" ->
                    JsonBoolean.TRUE;
            case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF" ->
                    JsonBoolean.FALSE;
            default -> new JsonString(text);
        };
    }

    /// Whether this text, written without quotes, would be read as something other than itself.
    static boolean isMistakable(String text) {
        return !(resolve(text) instanceof JsonString) || looksLikeTime(text);
    }

    private static Json number(String text) {
        if (text.equals("-") || text.equals("+") || text.equals(".")) {
            return new JsonString(text);
        }
        Json whole = wholeNumber(text);
        if (whole != null) {
            return whole;
        }
        return looksLikeFloat(text)
                ? new JsonNumber(Double.parseDouble(text.replace("_", "")))
                : new JsonString(text);
    }

    private static @Nullable JsonNumber wholeNumber(String text) {
        String plain = text.replace("_", "");
        int start = plain.startsWith("-") || plain.startsWith("+") ? 1 : 0;
        int radix = 10;
        int digits = start;
        if (plain.startsWith("0x", start) || plain.startsWith("0X", start)) {
            radix = 16;
            digits += 2;
        } else if (plain.startsWith("0b", start) || plain.startsWith("0B", start)) {
            radix = 2;
            digits += 2;
        } else if (plain.startsWith("0o", start) || plain.startsWith("0O", start)) {
            radix = 8;
            digits += 2;
        } else if (plain.startsWith("0", start) && plain.length() > start + 1) {
            radix = 8;
            digits += 1;
        }
        for (int i = digits; i < plain.length(); i++) {
            if (Character.digit(plain.charAt(i), radix) < 0) {
                return null;
            }
        }
        if (digits == plain.length() || plain.length() - digits > 64) {
            return null;
        }
        try {
            long value = Long.parseLong(plain, digits, plain.length(), radix);
            return new JsonNumber(plain.charAt(0) == '-' ? -value : value);
        } catch (NumberFormatException e) {
            return radix == 10 ? new JsonNumber(Double.parseDouble(plain)) : null;
        }
    }

    /// Sign, digits with one point, and an exponent: nothing else, so that versions and addresses stay strings.
    private static boolean looksLikeFloat(String text) {
        int i = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
        boolean digit = false;
        boolean point = false;
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digit = true;
            } else if (c == '.' && !point) {
                point = true;
            } else if (c != '_' || !digit) {
                break;
            }
        }
        return digit && (i == text.length() || isExponent(text, i));
    }

    private static boolean isExponent(String text, int from) {
        int i = from + 1;
        if (text.charAt(from) != 'e' && text.charAt(from) != 'E') {
            return false;
        }
        if (i < text.length() && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
            i++;
        }
        if (i == text.length()) {
            return false;
        }
        for (; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /// `2026-01-31` and anything that goes on after it: other readers would make a time of it.
    private static boolean looksLikeTime(String text) {
        if (text.length() < 8 || text.charAt(4) != '-') {
            return false;
        }
        for (int i = 0; i < 4; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return Character.isDigit(text.charAt(5));
    }
}
