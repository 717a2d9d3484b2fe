package io.fairlead.node;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads what the parameters of a request for a log ask for.
final class LogParameters {
    private LogParameters() {}

    /// @throws IllegalArgumentException when a parameter cannot be read; the message names it
    static LogQuery of(QueryStringDecoder url, Instant now) {
        OptionalLong seconds = number(url, "sinceSeconds");
        Optional<Instant> since =
                seconds.isPresent()
                        ? Optional.of(now.minusSeconds(seconds.getAsLong()))
                        : text(url, "sinceTime").map(LogParameters::time);
        return new LogQuery(
                isSet(url, "follow") ? LogQuery.Ending.FOLLOW : LogQuery.Ending.STOP,
                since,
                number(url, "tailLines"),
                number(url, "limitBytes"),
                isSet(url, "timestamps") ? LogQuery.Prefix.TIME : LogQuery.Prefix.NONE);
    }

    static boolean isSet(QueryStringDecoder url, String name) {
        return text(url, name)
                .filter(value -> value.equals("true") || value.equals("1"))
                .isPresent();
    }

    private static OptionalLong number(QueryStringDecoder url, String name) {
        Optional<String> text = text(url, name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= 0) {
                return OptionalLong.of(value);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException(name + " must be a number of at least 0");
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "sinceTime must be a time like 2026-01-02T03:04:05Z", e);
        }
    }

    private static Optional<String> text(QueryStringDecoder url, String name) {
        return Optional.of(url.parameters().getOrDefault(name, List.of("")).getFirst())
                .filter(value -> !value.isEmpty());
    }
}
