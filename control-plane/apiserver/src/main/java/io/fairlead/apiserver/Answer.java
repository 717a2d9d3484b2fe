package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.List;

/// What the server answers, before it is bytes of one media type.
sealed interface Answer {
    /// One object that is stored.
    record Single(int code, ReadObject object) implements Answer {}

    /// A tree that is not stored: a Status, a review, a table, a document.
    ///
    /// @param mediaType `application/json` or a more special form of it
    record Tree(int code, Json json, String mediaType) implements Answer {}

    /// Stored objects, shared with all other readers.
    ///
    /// @param items whether each says its own kind is for the encoder to know by `typed`
    record Collection(JsonObject head, List<ReadObject> items, ItemForm form) implements Answer {}

    /// Plain text.
    @SuppressWarnings("ArrayRecordComponent")
    record Text(int code, String contentType, byte[] bytes) implements Answer {}

    /// Somewhere else.
    record Redirect(int code, String location) implements Answer {}

    /// A stream of events, not yet started.
    record Events(WatchStream stream) implements Answer {}

    /// The connection is handed to another server, whose answer is passed on as it is.
    record Forward(Upstream upstream) implements Answer {}

    /// Whether the items of a list carry kind and apiVersion; those of built-in types do not.
    enum ItemForm {
        SHORT,
        WHOLE
    }

    /// HTTP's status code.
    default int code() {
        return 200;
    }

    String JSON = "application/json";

    static Answer json(int code, Json json) {
        return new Tree(code, json, JSON);
    }
}
