package io.fairlead.api;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Shows objects as the rows of a table, as `kubectl get` prints them. All columns are told, also those that are
/// shown only on demand.
public final class TablePrinter {
    private static final String NAME_AND_AGE =
            "[[\"Name\",\"string\",\"name\",0],[\"Age\",\"string\",\"\",0]]";

    // Lines of the facts; the class path does not change while a process runs.
    private static final Map<String, String> COLUMNS = readColumns();

    private TablePrinter() {}

    /// The `columnDefinitions` of a table.
    public static JsonArray columns(ResourceType type) {
        return JsonArray.from(
                columnFacts(type),
                column ->
                        JsonObject.builder()
                                .put("name", column.list().get(0))
                                .put("type", column.list().get(1))
                                .put("format", column.list().get(2))
                                .put("description", "")
                                .put("priority", column.list().get(3))
                                .build());
    }

    /// One row without its `object`: cells, and conditions where the kind has them.
    public static JsonObject row(JsonObject object, ResourceType type, Instant now) {
        JsonObject row = JsonObject.of("cells", cells(object, type, now));
        return type.equals(ResourceType.POD) ? PodRow.withConditions(row, object) : row;
    }

    /// The `columnDefinitions` of a table of any resource.
    public static JsonArray columns(ApiResource resource) {
        return resource.custom()
                .map(CustomVersion::columns)
                .orElseGet(() -> columns(resource.type()));
    }

    /// One row of any resource without its `object`.
    public static JsonObject row(JsonObject object, ApiResource resource, Instant now) {
        return resource.custom()
                .map(version -> JsonObject.of("cells", CustomRow.cells(object, version, now)))
                .orElseGet(() -> row(object, resource.type(), now));
    }

    public static JsonArray cells(JsonObject object, ResourceType type, Instant now) {
        TableRow row = new TableRow(object, now);
        boolean known =
                switch (type.group()) {
                    case "" -> CoreRows.fill(row, type.kind());
                    case "apps", "batch" -> WorkloadRows.fill(row, type.kind());
                    case "events.k8s.io" -> EventRow.fill(row);
                    case "discovery.k8s.io", "networking.k8s.io" ->
                            NetworkRows.fill(row, type.kind());
                    default -> OtherRows.fill(row, type);
                };
        return known ? row.cells() : generic(object, type, now);
    }

    /// Names and times are the same for all kinds; what nobody knows to show stays empty.
    private static JsonArray generic(JsonObject object, ResourceType type, Instant now) {
        TableRow row = new TableRow(object, now);
        for (Json column : columnFacts(type)) {
            switch (column.list().getFirst().text()) {
                case "Name" -> row.name();
                case "Age" -> row.age();
                case "Created At" -> row.text(object.text("metadata", "creationTimestamp"));
                default -> row.text("");
            }
        }
        return row.cells();
    }

    private static List<Json> columnFacts(ResourceType type) {
        return JsonReader.read(
                        COLUMNS.getOrDefault(type.apiVersion() + "/" + type.plural(), NAME_AND_AGE))
                .list();
    }

    private static Map<String, String> readColumns() {
        Map<String, String> columns = new HashMap<>();
        for (String line : Facts.lines("columns")) {
            int space = line.indexOf(' ');
            columns.put(line.substring(0, space), line.substring(space + 1));
        }
        return columns;
    }
}
