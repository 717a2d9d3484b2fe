package io.fairlead.api;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads objects of Kubernetes' own types from the protobuf form that Go clients send. Numbers of fields come from facts, forms of values
/// from the schema. Fields that are not known are left out, as protobuf demands.
public final class ProtobufReader {
    private static final byte[] MAGIC = {'k', '8', 's', 0};
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final Map<String, String> SPECIAL_PACKAGES =
            Map.of(
                    "apiextensions.k8s.io",
                    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.",
                    "apiregistration.k8s.io",
                    "io.k8s.kube-aggregator.pkg.apis.apiregistration.");
    private static final String SCHEMA = "JSONSchemaProps";
    private static final String SCHEMA_OR = "JSONSchemaPropsOr";
    private static final int DEPTH_MAX = 100;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    // The class path does not change while a process runs, so what was read from it may be kept.
    private static final Map<String, Map<Integer, String>> MESSAGES = messages();

    private ProtobufReader() {}

    /// @throws JsonSyntaxException when `bytes` is no object of a type that has a protobuf form
    public static JsonObject read(byte[] bytes) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (bytes.length <= i || bytes[i] != MAGIC[i]) {
                throw new JsonSyntaxException(
                        "provided data does not appear to be a protobuf message");
            }
        }
        Wire envelope = new Wire(bytes, MAGIC.length, bytes.length);
        String apiVersion = "";
        String kind = "";
        Wire object = new Wire(bytes, 0, 0);
        while (envelope.next()) {
            if (envelope.field == 1) {
                Wire type = envelope.message();
                while (type.next()) {
                    switch (type.field) {
                        case 1 -> apiVersion = type.text();
                        case 2 -> kind = type.text();
                        default -> {}
                    }
                }
            } else if (envelope.field == 2) {
                object = envelope.message();
            }
        }
        String message = messageName(apiVersion, kind);
        JsonObject.Builder tree =
                JsonObject.builder().put("kind", kind).put("apiVersion", apiVersion);
        object(object, message, SchemaType.named(message), 0).forEach(tree::put);
        return tree.build();
    }

    private static String messageName(String apiVersion, String kind) {
        ApiCatalog.GroupVersion at = ApiCatalog.GroupVersion.of(apiVersion);
        String group = at.group().isEmpty() ? "core" : at.group();
        int dot = group.indexOf('.');
        String special = SPECIAL_PACKAGES.get(group);
        if (special != null && MESSAGES.containsKey(special + at.version() + "." + kind)) {
            return special + at.version() + "." + kind;
        }
        String name =
                "io.k8s.api."
                        + (dot < 0 ? group : group.substring(0, dot))
                        + "."
                        + at.version()
                        + "."
                        + kind;
        if (MESSAGES.containsKey(name)) {
            return name;
        }
        if (MESSAGES.containsKey(META + kind)) {
            return META + kind;
        }
        throw new JsonSyntaxException(
                "no kind \"%s\" with a protobuf form is registered for version \"%s\""
                        .formatted(kind, apiVersion));
    }

    private static JsonObject object(Wire wire, String message, SchemaType type, int depth) {
        if (depth > DEPTH_MAX) {
            throw new JsonSyntaxException("protobuf messages are nested too deeply");
        }
        Map<Integer, String> names = MESSAGES.getOrDefault(message, Map.of());
        Map<String, Json> members = new LinkedHashMap<>();
        while (wire.next()) {
            String name = names.get(wire.field);
            if (name == null) {
                continue;
            }
            if (name.startsWith("=")) {
                object(wire.message(), name.substring(1), type, depth + 1).forEach(members::put);
            } else if (!name.endsWith("?")) {
                add(members, name, type.fieldType(name), wire, depth);
            } else if (wire.isSet()) {
                String plain = name.substring(0, name.length() - 1);
                add(members, plain, type.fieldType(plain), wire, depth);
            }
        }
        JsonObject.Builder object = JsonObject.builder();
        members.forEach(object::put);
        return object.build();
    }

    private static void add(
            Map<String, Json> members, String name, SchemaType type, Wire wire, int depth) {
        Json present = members.get(name);
        switch (type.shape()) {
            case LIST -> {
                JsonArray items = present instanceof JsonArray array ? array : JsonArray.EMPTY;
                members.put(name, items.plus(value(type.element(), wire, depth)));
            }
            case MAP -> {
                JsonObject map = present instanceof JsonObject object ? object : JsonObject.EMPTY;
                members.put(name, withEntry(map, type.element(), wire.message(), depth));
            }
            default -> members.put(name, value(type, wire, depth));
        }
    }

    private static JsonObject withEntry(JsonObject map, SchemaType element, Wire entry, int depth) {
        String key = "";
        Json value = null;
        while (entry.next()) {
            if (entry.field == 1) {
                key = entry.text();
            } else if (entry.field == 2) {
                value =
                        element.shape() == SchemaType.Shape.LIST
                                ? wrappedList(entry.message(), element, depth)
                                : value(element, entry, depth);
            }
        }
        return map.with(key, value == null ? Json.of("") : value);
    }

    private static Json wrappedList(Wire message, SchemaType type, int depth) {
        List<Json> items = new ArrayList<>();
        while (message.next()) {
            items.add(value(type.element(), message, depth));
        }
        return new JsonArray(items);
    }

    private static Json value(SchemaType type, Wire wire, int depth) {
        return switch (type.shape()) {
            case STRING -> Json.of(wire.text());
            case BYTES -> Json.of(Base64.getEncoder().encodeToString(wire.bytes()));
            case INTEGER -> Json.of(wire.number);
            case NUMBER -> Json.of(Double.longBitsToDouble(wire.number));
            case BOOLEAN -> Json.of(wire.number != 0);
            case INT_OR_STRING -> intOrString(wire.message());
            case QUANTITY -> Json.of(firstText(wire.message()));
            case TIME -> time(wire.message(), type.name().endsWith("MicroTime"));
            case OBJECT -> object(wire.message(), type.name(), type, depth + 1);
            case MAP, LIST ->
                    throw new JsonSyntaxException("a protobuf message does not fit its schema");
            case ANY -> any(type, wire.message(), depth);
        };
    }

    /// Whatever it is: JSON as text, or in a schema one of two things.
    private static Json any(SchemaType type, Wire message, int depth) {
        int choice = type.name().indexOf(SCHEMA_OR);
        if (choice < 0) {
            return raw(message);
        }
        String schemaName = type.name().substring(0, choice) + SCHEMA;
        boolean isOrFlag = type.name().endsWith("Bool");
        Json schema = JsonNull.NULL;
        boolean isAllowed = false;
        List<Json> others = new ArrayList<>();
        while (message.next()) {
            if (message.field == (isOrFlag ? 2 : 1) && message.isMessage()) {
                schema =
                        object(
                                message.message(),
                                schemaName,
                                SchemaType.named(schemaName),
                                depth + 1);
            } else if (isOrFlag) {
                isAllowed = message.number != 0;
            } else if (type.name().endsWith("StringArray")) {
                others.add(Json.of(message.text()));
            } else {
                others.add(
                        object(
                                message.message(),
                                schemaName,
                                SchemaType.named(schemaName),
                                depth + 1));
            }
        }
        if (!(schema instanceof JsonNull)) {
            return schema;
        }
        return isOrFlag ? Json.of(isAllowed) : new JsonArray(others);
    }

    private static Json intOrString(Wire message) {
        long kind = 0;
        long number = 0;
        String text = "";
        while (message.next()) {
            switch (message.field) {
                case 1 -> kind = message.number;
                case 2 -> number = message.number;
                case 3 -> text = message.text();
                default -> {}
            }
        }
        return kind == 0 ? Json.of(number) : Json.of(text);
    }

    private static String firstText(Wire message) {
        String text = "";
        while (message.next()) {
            text = message.field == 1 ? message.text() : text;
        }
        return text;
    }

    private static Json time(Wire message, boolean hasMicros) {
        long seconds = 0;
        long nanos = 0;
        boolean isSet = false;
        while (message.next()) {
            isSet = true;
            if (message.field == 1) {
                seconds = message.number;
            } else if (message.field == 2) {
                nanos = message.number;
            }
        }
        if (!isSet) {
            return JsonNull.NULL;
        }
        try {
            Instant time = Instant.ofEpochSecond(seconds, hasMicros ? nanos : 0);
            return Json.of(hasMicros ? MICROS.format(time) : time.toString());
        } catch (DateTimeException e) {
            throw new JsonSyntaxException("a protobuf message has a time out of range");
        }
    }

    private static Json raw(Wire message) {
        byte[] json = new byte[0];
        while (message.next()) {
            json = message.field == 1 ? message.bytes() : json;
        }
        return json.length == 0 ? JsonNull.NULL : JsonReader.read(json);
    }

    private static Map<String, Map<Integer, String>> messages() {
        Map<String, Map<Integer, String>> messages = new HashMap<>();
        String prefix = "";
        for (String line : Facts.lines("protobuf")) {
            if (line.startsWith("#")) {
                continue;
            }
            if (!line.startsWith(" ")) {
                prefix = line + ".";
                continue;
            }
            String[] words = line.strip().split(" ");
            Map<Integer, String> fields = new HashMap<>();
            for (int i = 1; i < words.length; i++) {
                int colon = words[i].indexOf(':');
                String name = words[i].substring(colon + 1);
                boolean isLocal = name.startsWith("=") && name.indexOf('.') < 0;
                fields.put(
                        Integer.parseInt(words[i].substring(0, colon)),
                        isLocal ? "=" + prefix + name.substring(1) : name);
            }
            messages.put(prefix + words[0], fields);
        }
        return messages;
    }

    /// Steps through the fields of one message. After [#next], `field` tells the number, and `number` or the accessors the value.
    private static final class Wire {
        private final byte[] data;
        private final int end;
        private int position;
        private int valueStart;
        private int valueEnd;
        private int field;
        private long number;
        private boolean isDelimited;

        Wire(byte[] data, int start, int end) {
            this.data = data;
            this.position = start;
            this.end = end;
        }

        boolean next() {
            if (position >= end) {
                return false;
            }
            long tag = varint();
            field = (int) (tag >>> 3);
            valueStart = position;
            valueEnd = position;
            number = 0;
            isDelimited = (tag & 7) == 2;
            switch ((int) (tag & 7)) {
                case 0 -> number = varint();
                case 1 -> number = fixed(8);
                case 2 -> {
                    long length = varint();
                    if (length < 0 || length > end - position) {
                        throw broken();
                    }
                    valueStart = position;
                    position += (int) length;
                    valueEnd = position;
                }
                case 5 -> number = fixed(4);
                default -> throw broken();
            }
            return true;
        }

        /// Whether the value has a length of its own, as texts and messages do.
        boolean isMessage() {
            return isDelimited;
        }

        /// Whether the value is another than its type's zero.
        boolean isSet() {
            return number != 0 || valueEnd > valueStart;
        }

        String text() {
            return new String(data, valueStart, valueEnd - valueStart, StandardCharsets.UTF_8);
        }

        byte[] bytes() {
            byte[] copy = new byte[valueEnd - valueStart];
            System.arraycopy(data, valueStart, copy, 0, copy.length);
            return copy;
        }

        Wire message() {
            return new Wire(data, valueStart, valueEnd);
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (position >= end) {
                    throw broken();
                }
                byte next = data[position++];
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw broken();
        }

        private long fixed(int length) {
            if (end - position < length) {
                throw broken();
            }
            long value = 0;
            for (int i = length - 1; i >= 0; i--) {
                value = (value << 8) | (data[position + i] & 0xff);
            }
            position += length;
            return value;
        }

        private static JsonSyntaxException broken() {
            return new JsonSyntaxException("a protobuf message is broken");
        }
    }
}
