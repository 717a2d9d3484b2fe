package io.fairlead.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What values of one type look like: the fields of an object, the items of a list, how two of them merge.
///
/// A type is an OpenAPI schema. Types of Kubernetes itself have a name and are read from the module's facts when first
/// asked for anything; types of custom resources are made [#of] the schema that a user wrote. Immutable to its users.
public final class SchemaType {
    /// The forms that a value can have.
    public enum Shape {
        /// Named fields.
        OBJECT,
        /// Any names, all values of one type.
        MAP,
        LIST,
        STRING,
        /// Base64 text.
        BYTES,
        INTEGER,
        NUMBER,
        BOOLEAN,
        INT_OR_STRING,
        QUANTITY,
        TIME,
        /// Anything at all.
        ANY
    }

    /// How a list merges in server-side apply.
    public enum ListType {
        ATOMIC,
        SET,
        MAP
    }

    /// The type of what has no schema: everything fits, nothing has a default.
    public static final SchemaType ANYTHING = new SchemaType("", JsonObject.EMPTY);

    private static final String REF_PREFIX = "#/components/schemas/";

    // The class path does not change while a process runs, so what was read from it may be kept.
    private static final Map<String, SchemaType> NAMED = new ConcurrentHashMap<>();
    private static final Map<String, Map<String, List<String>>> PACKAGES =
            new ConcurrentHashMap<>();

    private final String name;
    private volatile @Nullable Content content;

    private record Content(
            JsonObject schema,
            Shape shape,
            Map<String, SchemaField> fields,
            @Nullable SchemaType element,
            Merging merging,
            boolean keepsUnknownFields,
            boolean isInt32) {}

    private record Merging(ListType listType, List<String> listKeys, boolean isAtomic) {
        static Merging of(JsonObject schema) {
            ListType listType =
                    switch (schema.text("x-kubernetes-list-type")) {
                        case "map" -> ListType.MAP;
                        case "set" -> ListType.SET;
                        default -> ListType.ATOMIC;
                    };
            return new Merging(
                    listType,
                    schema.list("x-kubernetes-list-map-keys").stream().map(Json::text).toList(),
                    schema.text("x-kubernetes-map-type").equals("atomic"));
        }
    }

    private SchemaType(String name, @Nullable JsonObject schema) {
        this.name = name;
        this.content = schema == null ? null : content(name, schema);
    }

    /// A type of Kubernetes itself, such as `io.k8s.api.core.v1.Service`; [#ANYTHING] when there is none of that name.
    public static SchemaType named(String name) {
        String plain = name.startsWith(REF_PREFIX) ? name.substring(REF_PREFIX.length()) : name;
        return plain.isEmpty()
                ? ANYTHING
                : NAMED.computeIfAbsent(plain, missing -> new SchemaType(missing, null));
    }

    /// The type that an OpenAPI schema describes. References name types of Kubernetes itself.
    public static SchemaType of(JsonObject schema) {
        String reference = reference(schema);
        if (reference.isEmpty()) {
            return new SchemaType("", schema);
        }
        if (!schema.contains("x-kubernetes-map-type")) {
            return named(reference);
        }
        // The place where a type is used may change how it merges.
        return new SchemaType(
                reference,
                named(reference)
                        .schema()
                        .with(
                                "x-kubernetes-map-type",
                                Json.of(schema.text("x-kubernetes-map-type"))));
    }

    /// The type of a custom resource, of whose schema Kubernetes adds the three fields that every object has.
    public static SchemaType ofCustomResource(JsonObject schema) {
        JsonObject text = JsonObject.of("type", Json.of("string"));
        JsonObject properties =
                schema.object("properties")
                        .with("apiVersion", text)
                        .with("kind", text)
                        .with(
                                "metadata",
                                JsonObject.of(
                                        "$ref",
                                        Json.of("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"),
                                        "default",
                                        JsonObject.EMPTY));
        return new SchemaType("", schema.with("properties", properties));
    }

    /// Empty for a type without a name.
    public String name() {
        return name;
    }

    /// Whether there is a schema at all; the facts lack those of a few types that nobody stores.
    public boolean isDeclared() {
        return !schema().isEmpty() || name.endsWith(".JSON") || name.contains(".JSONSchemaPropsOr");
    }

    public Shape shape() {
        return loaded().shape();
    }

    /// The OpenAPI schema, with references by bare name.
    public JsonObject schema() {
        return loaded().schema();
    }

    /// The fields of an object type, in the order of the schema.
    public Map<String, SchemaField> fields() {
        return loaded().fields();
    }

    public @Nullable SchemaField field(String fieldName) {
        return loaded().fields().get(fieldName);
    }

    /// The type of a field; [#ANYTHING] where the schema does not say.
    public SchemaType fieldType(String fieldName) {
        Content known = loaded();
        SchemaField field = known.fields().get(fieldName);
        if (field != null) {
            return field.type();
        }
        return known.shape() == Shape.MAP ? element() : ANYTHING;
    }

    /// The type of a list's items or of a map's values.
    public SchemaType element() {
        SchemaType element = loaded().element();
        return element == null ? ANYTHING : element;
    }

    public ListType listType() {
        return loaded().merging().listType();
    }

    /// The fields that tell apart the items of a list of type [ListType#MAP].
    public List<String> listKeys() {
        return loaded().merging().listKeys();
    }

    /// Whether an object of this type has one owner as a whole.
    public boolean isAtomic() {
        return loaded().merging().isAtomic();
    }

    /// Whether fields that the schema does not name are kept.
    public boolean keepsUnknownFields() {
        return loaded().keepsUnknownFields();
    }

    /// Whether values must fit in 32 bits.
    public boolean isInt32() {
        return loaded().isInt32();
    }

    @Override
    public String toString() {
        return name.isEmpty() ? schema().toString() : name;
    }

    private Content loaded() {
        Content known = content;
        if (known == null) {
            known = content(name, namedSchema(name));
            content = known;
        }
        return known;
    }

    private static String reference(JsonObject schema) {
        String reference = schema.text("$ref");
        if (reference.isEmpty()
                && schema.get("allOf") instanceof JsonArray all
                && all.size() == 1) {
            reference = all.items().getFirst().text("$ref");
        }
        return reference;
    }

    private static JsonObject namedSchema(String name) {
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return JsonObject.EMPTY;
        }
        List<String> lines =
                PACKAGES.computeIfAbsent(
                                name.substring(0, dot), from -> Facts.types("schema", from))
                        .getOrDefault(name.substring(dot + 1), List.of());
        return lines.isEmpty() ? JsonObject.EMPTY : readType(lines);
    }

    private static JsonObject readType(List<String> lines) {
        String first = lines.getFirst();
        StringBuilder text = new StringBuilder("{\"schema\":");
        text.append(first, first.indexOf(' ') + 1, first.length()).append(",\"fields\":{");
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i);
            int space = line.indexOf(' ', 1);
            text.append(i > 1 ? ",\"" : "\"").append(line, 1, space).append("\":");
            text.append(line, space + 1, line.length());
        }
        Json type = JsonReader.read(text.append("}}").toString());
        JsonObject schema = type.object("schema");
        return lines.size() == 1 ? schema : schema.with("properties", type.object("fields"));
    }

    private static Content content(String name, JsonObject schema) {
        Shape shape = shape(schema);
        SchemaType element =
                switch (shape) {
                    case MAP -> of(schema.object("additionalProperties"));
                    case LIST -> of(schema.object("items"));
                    default -> null;
                };
        return new Content(
                schema,
                shape,
                shape == Shape.OBJECT ? fields(name, schema) : Map.of(),
                element,
                Merging.of(schema),
                schema.flag("x-kubernetes-preserve-unknown-fields"),
                schema.text("format").equals("int32"));
    }

    private static Map<String, SchemaField> fields(String type, JsonObject schema) {
        List<Json> required = schema.list("required");
        Map<String, GoType> goTypes = GoType.ofFields(type);
        Map<String, SchemaField> fields = new LinkedHashMap<>();
        schema.object("properties")
                .forEach((name, field) ->
                        fields.put(
                                name,
                                SchemaField.of(
                                        name,
                                        (JsonObject) field,
                                        required.contains(Json.of(name)),
                                        goTypes.getOrDefault(name, GoType.UNKNOWN))));
        return fields;
    }

    private static Shape shape(JsonObject schema) {
        if (schema.flag("x-kubernetes-int-or-string")
                || schema.text("format").equals("int-or-string")) {
            return Shape.INT_OR_STRING;
        }
        if (!schema.contains("type")) {
            return schema.contains("oneOf") ? Shape.QUANTITY : Shape.ANY;
        }
        return switch (schema.text("type")) {
            case "object" -> objectShape(schema);
            case "array" -> Shape.LIST;
            case "integer" -> Shape.INTEGER;
            case "number" -> Shape.NUMBER;
            case "boolean" -> Shape.BOOLEAN;
            case "string" ->
                    switch (schema.text("format")) {
                        case "date-time" -> Shape.TIME;
                        case "byte" -> Shape.BYTES;
                        default -> Shape.STRING;
                    };
            default -> Shape.ANY;
        };
    }

    private static Shape objectShape(JsonObject schema) {
        if (schema.get("additionalProperties") instanceof JsonObject) {
            return Shape.MAP;
        }
        return schema.contains("properties") ? Shape.OBJECT : Shape.ANY;
    }
}
