package io.fairlead.api;

/// A JSON number: a [Long] where it was written as an integer, else a [Double].
public record JsonNumber(Number value) implements Json {
    public JsonNumber {
        value =
                switch (value) {
                    case Long whole -> whole;
                    case Integer whole -> whole.longValue();
                    default -> value.doubleValue();
                };
    }

    public boolean isInteger() {
        return value instanceof Long;
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
