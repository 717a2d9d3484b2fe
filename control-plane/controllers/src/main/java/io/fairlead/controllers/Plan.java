package io.fairlead.controllers;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a controller wants written, in this order, and when it wants to look again although nothing changed.
public record Plan(List<Write> writes, Optional<Duration> again) {
    public static final Plan NOTHING = new Plan(List.of(), Optional.empty());

    public Plan {
        writes = List.copyOf(writes);
    }

    public static Plan of(Write... writes) {
        return new Plan(List.of(writes), Optional.empty());
    }

    public static Plan of(List<Write> writes) {
        return new Plan(writes, Optional.empty());
    }

    public Plan again(Duration delay) {
        return new Plan(writes, Optional.of(delay));
    }
}
