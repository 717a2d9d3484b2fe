package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a CustomResourceDefinition says about one of its versions beyond what every resource has.
///
/// @param definition the definition's name
/// @param version the entry of `spec.versions`
/// @param storageVersion the version in which objects are stored
/// @param warning what users of this version are told; empty when it is not deprecated
/// @param schema what the version's schema makes of an object
/// @param rules judges objects by the schema's expressions
/// @param conversion turns objects of other versions into this one and back
/// @param isEnding the definition is being deleted: no more objects are made
public record CustomVersion(
        String definition,
        JsonObject version,
        String storageVersion,
        String warning,
        CustomSchema schema,
        SchemaRules rules,
        Conversion conversion,
        boolean isEnding) {
    private static final JsonArray AGE_ONLY =
            JsonArray.of(
                    JsonObject.of(
                            "name",
                            Json.of("Age"),
                            "type",
                            Json.of("date"),
                            "jsonPath",
                            Json.of(".metadata.creationTimestamp")));

    /// Turns objects of one kind from one version into another.
    public interface Conversion {
        /// Where versions differ in their name alone.
        Conversion NONE =
                (objects, apiVersion) ->
                        objects.stream()
                                .map(object -> object.with("apiVersion", apiVersion))
                                .toList();

        /// All of the objects, in order.
        ///
        /// @throws ApiException when they cannot be converted
        List<JsonObject> convert(List<JsonObject> objects, String apiVersion);
    }

    /// Judges objects by the expressions in a schema.
    public interface SchemaRules {
        SchemaRules NONE =
                new SchemaRules() {
                    @Override
                    public List<FieldError> check(Optional<JsonObject> before, JsonObject after) {
                        return List.of();
                    }

                    @Override
                    public boolean isEmpty() {
                        return true;
                    }
                };

        /// @param before empty when the object is new
        List<FieldError> check(Optional<JsonObject> before, JsonObject after);

        /// Whether there is nothing to judge by.
        default boolean isEmpty() {
            return false;
        }
    }

    public Optional<JsonObject> scale() {
        return version.has("subresources", "scale")
                ? Optional.of(version.object("subresources", "scale"))
                : Optional.empty();
    }

    /// The paths by which clients may select, such as `.spec.colour`.
    public List<String> selectableFields() {
        return version.list("selectableFields").stream()
                .map(field -> field.text("jsonPath"))
                .toList();
    }

    /// The `columnDefinitions` of a table.
    public JsonArray columns() {
        List<Json> columns = new ArrayList<>();
        columns.add(column("Name", "string", "name", 0));
        for (Json column : printerColumns()) {
            columns.add(
                    column(
                            column.text("name"),
                            column.text("type"),
                            column.text("format"),
                            column.number(0, "priority"),
                            column.text("description")));
        }
        return new JsonArray(columns);
    }

    List<Json> printerColumns() {
        List<Json> told = version.list("additionalPrinterColumns");
        return told.isEmpty() ? AGE_ONLY.items() : told;
    }

    private static JsonObject column(String name, String type, String format, long priority) {
        return column(name, type, format, priority, "");
    }

    private static JsonObject column(
            String name, String type, String format, long priority, String description) {
        return JsonObject.builder()
                .put("name", name)
                .put("type", type)
                .put("format", format)
                .put("description", description)
                .put("priority", priority)
                .build();
    }

    @Override
    public String toString() {
        return definition + version + isEnding;
    }
}
