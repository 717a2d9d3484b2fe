package io.fairlead.client;

import io.fairlead.api.JsonObject;

/// Hears what a watch says.
public interface WatchListener {
    /// The kinds of a watch's events.
    enum EventType {
        ADDED,
        MODIFIED,
        DELETED,
        BOOKMARK,
        /// The object is a `Status`; nothing follows but [WatchListener#onClose].
        ERROR
    }

    void onEvent(EventType type, JsonObject object);

    /// The last call, made once: the watch has ended, for whatever reason, and may be opened anew.
    void onClose();
}
