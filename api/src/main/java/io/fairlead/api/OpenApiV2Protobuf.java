package io.fairlead.api;

import java.nio.charset.StandardCharsets;

/// The document of [OpenApiV2] as the protobuf message that older kubectl insists on (`openapi.v2.Document` of gnostic). The numbers are
/// those of the message's fields. Extensions travel as YAML, of which JSON is a part.
public final class OpenApiV2Protobuf {
    /// What clients accept, in either spelling.
    public static final String MEDIA_TYPE =
            "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private static final String EXTENSION = "x-";

    private OpenApiV2Protobuf() {}

    /// Whether a client wants this form rather than JSON.
    public static boolean isWanted(String accept) {
        return accept.contains("application/com.github.proto-openapi.spec.v2");
    }

    public static byte[] bytes(JsonObject document) {
        ProtobufMessage paths = new ProtobufMessage();
        document.object("paths")
                .forEach(
                        (path, item) -> paths.message(2, named(path, pathItem((JsonObject) item))));
        ProtobufMessage definitions = new ProtobufMessage();
        document.object("definitions")
                .forEach((name, schema) ->
                        definitions.message(1, named(name, schema((JsonObject) schema))));
        ProtobufMessage info =
                new ProtobufMessage()
                        .text(1, document.text("info", "title"))
                        .text(2, document.text("info", "version"));
        return new ProtobufMessage()
                .text(1, document.text("swagger"))
                .message(2, info)
                .message(8, paths)
                .message(9, definitions)
                .toBytes();
    }

    private static ProtobufMessage named(String name, ProtobufMessage value) {
        return new ProtobufMessage().text(1, name).message(2, value);
    }

    private static ProtobufMessage schema(JsonObject schema) {
        ProtobufMessage message = new ProtobufMessage();
        message.text(1, schema.text("$ref"));
        message.text(2, schema.text("format"));
        message.text(4, schema.text("description"));
        schema.list("required").forEach(name -> message.element(19, name.text()));
        schema.list("enum").forEach(value -> message.message(20, yaml(value)));
        switch (schema.get("additionalProperties")) {
            case JsonObject element ->
                    message.message(21, new ProtobufMessage().message(1, schema(element)));
            case JsonBoolean allowed ->
                    message.message(21, new ProtobufMessage().flag(2, allowed.value()));
            case null, default -> {}
        }
        if (!schema.text("type").isEmpty()) {
            message.message(22, new ProtobufMessage().element(1, schema.text("type")));
        }
        if (schema.get("items") instanceof JsonObject element) {
            message.message(23, new ProtobufMessage().message(1, schema(element)));
        }
        if (schema.get("properties") instanceof JsonObject properties) {
            ProtobufMessage all = new ProtobufMessage();
            properties.forEach(
                    (name, value) -> all.message(1, named(name, schema((JsonObject) value))));
            message.message(25, all);
        }
        extensions(message, 31, schema);
        return message;
    }

    private static ProtobufMessage pathItem(JsonObject item) {
        ProtobufMessage message = new ProtobufMessage();
        item.forEach((name, value) -> {
            int field =
                    switch (name) {
                        case "get" -> 2;
                        case "put" -> 3;
                        case "post" -> 4;
                        case "delete" -> 5;
                        case "options" -> 6;
                        case "head" -> 7;
                        case "patch" -> 8;
                        default -> 0;
                    };
            if (field > 0) {
                message.message(field, operation((JsonObject) value));
            }
        });
        item.list("parameters")
                .forEach(parameter -> message.message(9, parameter((JsonObject) parameter)));
        return message;
    }

    private static ProtobufMessage operation(JsonObject operation) {
        ProtobufMessage message = new ProtobufMessage();
        operation.list("tags").forEach(tag -> message.element(1, tag.text()));
        message.text(3, operation.text("description"));
        message.text(5, operation.text("operationId"));
        operation.list("produces").forEach(type -> message.element(6, type.text()));
        operation.list("consumes").forEach(type -> message.element(7, type.text()));
        operation
                .list("parameters")
                .forEach(parameter -> message.message(8, parameter((JsonObject) parameter)));
        ProtobufMessage responses = new ProtobufMessage();
        operation
                .object("responses")
                .forEach((code, response) ->
                        responses.message(1, named(code, response((JsonObject) response))));
        message.message(9, responses);
        operation.list("schemes").forEach(scheme -> message.element(10, scheme.text()));
        extensions(message, 13, operation);
        return message;
    }

    private static ProtobufMessage parameter(JsonObject parameter) {
        return new ProtobufMessage()
                .message(
                        1,
                        parameter.text("in").equals("body")
                                ? new ProtobufMessage().message(1, bodyParameter(parameter))
                                : new ProtobufMessage().message(2, plainParameter(parameter)));
    }

    private static ProtobufMessage bodyParameter(JsonObject parameter) {
        return new ProtobufMessage()
                .text(1, parameter.text("description"))
                .text(2, parameter.text("name"))
                .text(3, parameter.text("in"))
                .flag(4, parameter.flag("required"))
                .message(5, schema(parameter.object("schema")));
    }

    // Parameters in the query and in the path are two messages, numbered alike up to the name.
    private static ProtobufMessage plainParameter(JsonObject parameter) {
        boolean isInPath = parameter.text("in").equals("path");
        ProtobufMessage message =
                new ProtobufMessage()
                        .flag(1, parameter.flag("required"))
                        .text(2, parameter.text("in"))
                        .text(3, parameter.text("description"))
                        .text(4, parameter.text("name"))
                        .text(isInPath ? 5 : 6, parameter.text("type"))
                        .flag(isInPath ? 19 : 20, parameter.flag("uniqueItems"));
        return new ProtobufMessage().message(isInPath ? 4 : 3, message);
    }

    private static ProtobufMessage response(JsonObject response) {
        ProtobufMessage message = new ProtobufMessage().text(1, response.text("description"));
        if (response.get("schema") instanceof JsonObject schema) {
            message.message(2, new ProtobufMessage().message(1, schema(schema)));
        }
        return new ProtobufMessage().message(1, message);
    }

    private static void extensions(ProtobufMessage message, int field, JsonObject object) {
        object.forEach((name, value) -> {
            if (name.startsWith(EXTENSION)) {
                message.message(field, named(name, yaml(value)));
            }
        });
    }

    private static ProtobufMessage yaml(Json value) {
        return new ProtobufMessage()
                .text(2, new String(YamlWriter.bytes(value), StandardCharsets.UTF_8));
    }
}
