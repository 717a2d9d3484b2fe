package io.fairlead.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Collects the cells of one row, in the order of the columns.
final class TableRow {
    private static final String NONE = "<none>";
    private static final int SHOWN_MAX = 3;

    private final JsonObject object;
    private final Instant now;
    private final List<Json> cells = new ArrayList<>();

    TableRow(JsonObject object, Instant now) {
        this.object = object;
        this.now = now;
    }

    JsonObject object() {
        return object;
    }

    Instant now() {
        return now;
    }

    JsonArray cells() {
        return new JsonArray(cells);
    }

    TableRow text(String text) {
        cells.add(Json.of(text));
        return this;
    }

    TableRow textOrNone(String text) {
        return text(text.isEmpty() ? NONE : text);
    }

    TableRow textOr(String text, String otherwise) {
        return text(text.isEmpty() ? otherwise : text);
    }

    TableRow number(long number) {
        cells.add(Json.of(number));
        return this;
    }

    TableRow flag(boolean flag) {
        cells.add(Json.of(flag));
        return this;
    }

    TableRow name() {
        return text(object.text("metadata", "name"));
    }

    TableRow age() {
        return text(ageOf("metadata", "creationTimestamp"));
    }

    String ageOf(String... path) {
        return AgeText.since(new GenericObject(object).time(path), now);
    }

    /// The names and images of a pod template's containers.
    TableRow containers(JsonObject podSpec) {
        List<Json> containers = podSpec.list("containers");
        text(joined(containers, "name"));
        return text(joined(containers, "image"));
    }

    TableRow selector(JsonObject selector) {
        return textOrNone(LabelSelector.of(selector).toString());
    }

    /// Labels as `a=b,c=d`.
    static String labels(Map<String, String> labels) {
        List<String> parts = new ArrayList<>();
        new TreeMap<>(labels)
                .forEach((name, value) -> parts.add(value.isEmpty() ? name : name + "=" + value));
        return parts.isEmpty() ? NONE : String.join(",", parts);
    }

    /// The first three, and how many more there are.
    static String few(List<String> all) {
        if (all.size() <= SHOWN_MAX) {
            return String.join(",", all);
        }
        return "%s + %d more..."
                .formatted(String.join(",", all.subList(0, SHOWN_MAX)), all.size() - SHOWN_MAX);
    }

    static String joined(List<Json> items, String member) {
        return String.join(",", items.stream().map(item -> item.text(member)).toList());
    }
}
