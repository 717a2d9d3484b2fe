package io.fairlead.api;

import java.util.HashMap;
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
    private static final Map<String, Map<String, JsonObject>> PACKAGES = new ConcurrentHashMap<>();

    private final String name;
    private volatile @Nullable Content content;

    private record Content(
            JsonObject schema,
            Shape shape,
            Map<String, SchemaField> fields,
            @Nullable SchemaType element) {}

    private SchemaType(String name, @Nullable JsonObject schema) {
        this.name = name;
        this.content = schema == null ? null : content(schema);
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
        return switch (schema().text("x-kubernetes-list-type")) {
            case "map" -> ListType.MAP;
            case "set" -> ListType.SET;
            default -> ListType.ATOMIC;
        };
    }

    /// The fields that tell apart the items of a list of type [ListType#MAP].
    public List<String> listKeys() {
        return schema().list("x-kubernetes-list-map-keys").stream().map(Json::text).toList();
    }

    /// Whether an object of this type has one owner as a whole.
    public boolean isAtomic() {
        return schema().text("x-kubernetes-map-type").equals("atomic");
    }

    /// Whether fields that the schema does not name are kept.
    public boolean keepsUnknownFields() {
        return schema().flag("x-kubernetes-preserve-unknown-fields");
    }

    /// Whether values must fit in 32 bits.
    public boolean isInt32() {
        return schema().text("format").equals("int32");
    }

    @Override
    public String toString() {
        return name.isEmpty() ? schema().toString() : name;
    }

    private Content loaded() {
        Content known = content;
        if (known == null) {
            known = content(namedSchema(name));
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
        return PACKAGES.computeIfAbsent(name.substring(0, dot), SchemaType::readPackage)
                .getOrDefault(name.substring(dot + 1), JsonObject.EMPTY);
    }

    /// A type's line is `Name {schema}`, and its fields follow as ` name {schema}`.
    private static Map<String, JsonObject> readPackage(String packageName) {
        Map<String, JsonObject> types = new HashMap<>();
        String type = "";
        JsonObject schema = JsonObject.EMPTY;
        JsonObject.Builder fields = JsonObject.builder();
        for (String line : Facts.lines("schema/" + packageName)) {
            int indent = line.startsWith(" ") ? 1 : 0;
            int space = line.indexOf(' ', 1);
            JsonObject value = (JsonObject) JsonReader.read(line.substring(space + 1));
            if (indent == 1) {
                fields.put(line.substring(1, space), value);
            } else {
                types.put(type, withFields(schema, fields.build()));
                type = line.substring(0, space);
                schema = value;
                fields = JsonObject.builder();
            }
        }
        types.put(type, withFields(schema, fields.build()));
        return types;
    }

    private static JsonObject withFields(JsonObject schema, JsonObject fields) {
        return fields.isEmpty() ? schema : schema.with("properties", fields);
    }

    private static Content content(JsonObject schema) {
        Shape shape = shape(schema);
        return switch (shape) {
            case OBJECT -> new Content(schema, shape, fields(schema), null);
            case MAP ->
                    new Content(schema, shape, Map.of(), of(schema.object("additionalProperties")));
            case LIST -> new Content(schema, shape, Map.of(), of(schema.object("items")));
            default -> new Content(schema, shape, Map.of(), null);
        };
    }

    private static Map<String, SchemaField> fields(JsonObject schema) {
        List<Json> required = schema.list("required");
        Map<String, SchemaField> fields = new LinkedHashMap<>();
        schema.object("properties")
                .forEach((name, field) ->
                        fields.put(
                                name,
                                SchemaField.of(
                                        name,
                                        (JsonObject) field,
                                        required.contains(Json.of(name)))));
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
