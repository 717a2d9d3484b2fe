package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.fairlead.client.WatchListener.EventType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/// Shows objects in the form that the client's Accept header asks for: whole, as rows of a table, or as metadata only.
final class Views {
    private static final byte[] OBJECT = "\",\"object\":".getBytes(StandardCharsets.UTF_8);
    private static final byte[] TYPE = "{\"type\":\"".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "}\n".getBytes(StandardCharsets.UTF_8);
    private static final Set<String> INCLUDES = Set.of("", "None", "Metadata", "Object");

    private final Tables tables;

    Views(Tables tables) {
        this.tables = tables;
    }

    /// @throws ApiException 406 when nothing the client accepts can be given
    static void negotiate(Call call) {
        if (Accepted.parse(call.accept()).isEmpty()) {
            throw new ApiException(
                    new Status(
                            406,
                            "NotAcceptable",
                            "406: Not Acceptable\n\n"
                                    + "Available representations: application/json, application/yaml,"
                                    + " application/vnd.kubernetes.protobuf,"
                                    + " application/json;stream=watch,"
                                    + " application/vnd.kubernetes.protobuf;stream=watch",
                            JsonObject.EMPTY));
        }
    }

    Answer single(Call call, int code, ApiResource resource, ReadObject object) {
        ReadObject shown = Conversions.show(resource, object);
        return switch (form(call, Shown.OBJECT)) {
            case WHOLE -> new Answer.Single(code, shown);
            case METADATA -> Answer.json(code, Tables.metadataOnly(shown.tree(), version(call)));
            case TABLE ->
                    Answer.json(
                            code,
                            tables.table(
                                    resource,
                                    JsonObject.of(
                                            "resourceVersion",
                                            Json.of(
                                                    shown.tree()
                                                            .text("metadata", "resourceVersion"))),
                                    List.of(shown.tree()),
                                    include(call),
                                    version(call)));
        };
    }

    Answer list(Call call, ApiResource resource, JsonObject metadata, List<ReadObject> objects) {
        List<ReadObject> items = Conversions.showAll(resource, objects);
        return switch (form(call, Shown.LIST)) {
            case WHOLE ->
                    new Answer.Collection(
                            JsonObject.of(
                                    "kind",
                                    Json.of(resource.type().kind() + "List"),
                                    "apiVersion",
                                    Json.of(resource.type().apiVersion()),
                                    "metadata",
                                    isCustom(resource) && !metadata.contains("continue")
                                            ? metadata.with("continue", "")
                                            : metadata),
                            items,
                            isCustom(resource) ? Answer.ItemForm.WHOLE : Answer.ItemForm.SHORT);
            case METADATA ->
                    Answer.json(
                            200,
                            JsonObject.of(
                                            "kind",
                                            Json.of("PartialObjectMetadataList"),
                                            "apiVersion",
                                            Json.of("meta.k8s.io/" + version(call)),
                                            "metadata",
                                            metadata)
                                    .with(
                                            "items",
                                            JsonArray.from(
                                                    items,
                                                    item ->
                                                            Tables.metadataOnly(
                                                                    item.tree(), version(call)))));
            case TABLE ->
                    Answer.json(
                            200,
                            tables.table(
                                    resource,
                                    metadata,
                                    items.stream().map(ReadObject::tree).toList(),
                                    include(call),
                                    version(call)));
        };
    }

    EventForm events(Call call, ApiResource resource) {
        return switch (form(call, Shown.EVENT)) {
            case WHOLE -> event -> whole(resource, event);
            case METADATA -> {
                String version = version(call);
                yield event ->
                        line(
                                event.type(),
                                event.type() == EventType.ERROR
                                        ? event.json()
                                        : Tables.metadataOnly(event.json(), version));
            }
            case TABLE -> new TableEvents(resource, include(call), version(call));
        };
    }

    static boolean isCustom(ApiResource resource) {
        return resource.isCustom();
    }

    private enum Form {
        WHOLE,
        TABLE,
        METADATA
    }

    private enum Shown {
        OBJECT,
        LIST,
        EVENT
    }

    private static Form form(Call call, Shown shown) {
        for (Accepted accepted : Accepted.parse(call.accept())) {
            if (accepted.isPlain()) {
                return Form.WHOLE;
            }
            if (accepted.isTable()) {
                return Form.TABLE;
            }
            boolean isMetadata =
                    shown == Shown.LIST ? accepted.isMetadataList() : accepted.isMetadata();
            if (isMetadata) {
                return Form.METADATA;
            }
        }
        throw new ApiException(notAcceptable());
    }

    /// Refuses to show an answer in another form than its own.
    static void requirePlain(Call call) {
        if (Accepted.parse(call.accept()).stream().noneMatch(Accepted::isPlain)) {
            throw new ApiException(notAcceptable());
        }
    }

    private static Status notAcceptable() {
        return new Status(
                406,
                "NotAcceptable",
                "only the following media types are accepted: application/json,"
                        + " application/yaml, application/vnd.kubernetes.protobuf",
                JsonObject.EMPTY);
    }

    private static String version(Call call) {
        return Accepted.parse(call.accept()).stream()
                .filter(accepted -> !accepted.isPlain())
                .map(Accepted::version)
                .findFirst()
                .orElse("v1");
    }

    private static String include(Call call) {
        String include = call.parameter("includeObject");
        if (!INCLUDES.contains(include)) {
            throw new ApiException(
                    Status.badRequest(
                            "Unable to convert to Table as requested: includeObject: Invalid value: \"%s\": must be 'Metadata', 'Object', 'None', or empty"
                                    .formatted(include)));
        }
        return include;
    }

    private static byte[] whole(ApiResource resource, WatchStream.Event event) {
        ReadObject object = event.object();
        return object == null
                ? line(event.type(), event.tree())
                : line(event.type(), Conversions.show(resource, object).bytes());
    }

    private static byte[] line(EventType type, Json object) {
        return line(type, JsonWriter.bytes(object));
    }

    private static byte[] line(EventType type, byte[] object) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(object.length + 40);
        line.writeBytes(TYPE);
        line.writeBytes(type.name().getBytes(StandardCharsets.US_ASCII));
        line.writeBytes(OBJECT);
        line.writeBytes(object);
        line.writeBytes(END);
        return line.toByteArray();
    }

    /// Tells the columns with the first row only.
    private final class TableEvents implements EventForm {
        private final ApiResource resource;
        private final String include;
        private final String version;
        private boolean toldColumns;

        TableEvents(ApiResource resource, String include, String version) {
            this.resource = resource;
            this.include = include;
            this.version = version;
        }

        @Override
        public byte[] bytes(WatchStream.Event event) {
            if (event.type() == EventType.ERROR) {
                return line(event.type(), event.json());
            }
            JsonObject object = event.json();
            JsonObject table =
                    tables.table(
                            resource,
                            JsonObject.of(
                                    "resourceVersion",
                                    Json.of(object.text("metadata", "resourceVersion"))),
                            event.type() == EventType.BOOKMARK ? List.of() : List.of(object),
                            include,
                            version);
            if (event.type() == EventType.BOOKMARK) {
                table = table.with("rows", JsonArray.of(bookmarkRow(object)));
            }
            if (toldColumns) {
                table = table.with("columnDefinitions", io.fairlead.api.JsonNull.NULL);
            }
            toldColumns = true;
            return line(event.type(), table);
        }

        // Clients read the version, and the end of the initial events, from the row's object.
        private JsonObject bookmarkRow(JsonObject bookmark) {
            return JsonObject.of(
                    "cells", JsonArray.EMPTY, "object", Tables.metadataOnly(bookmark, version));
        }
    }
}
