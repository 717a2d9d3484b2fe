package io.fairlead.api;

/// A number, or a text that is a name or a percentage, as in `targetPort` and `maxSurge`.
public sealed interface IntOrString {
    record Whole(int value) implements IntOrString {}

    record Text(String value) implements IntOrString {}

    /// What is absent or of another type reads as zero, as in Go.
    static IntOrString of(Json value) {
        return switch (value) {
            case JsonString string -> new Text(string.value());
            case JsonNumber number -> new Whole(number.value().intValue());
            default -> new Whole(0);
        };
    }

    default Json json() {
        return switch (this) {
            case Whole whole -> Json.of(whole.value());
            case Text text -> Json.of(text.value());
        };
    }

    /// Which way a percentage of a small number goes.
    enum Rounding {
        UP,
        DOWN
    }

    /// The number, or that percentage of `total`. A text that is no percentage counts as zero.
    default int scaled(int total, Rounding rounding) {
        return switch (this) {
            case Whole whole -> whole.value();
            case Text text -> {
                int percent = percent(text.value());
                long product = (long) percent * total;
                yield (int) (rounding == Rounding.UP ? Math.ceilDiv(product, 100L) : product / 100);
            }
        };
    }

    private static int percent(String text) {
        String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : "";
        boolean valid =
                !digits.isEmpty()
                        && digits.length() < 9
                        && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return valid ? Integer.parseInt(digits) : 0;
    }
}
