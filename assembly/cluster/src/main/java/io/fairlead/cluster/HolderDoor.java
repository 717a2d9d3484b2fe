package io.fairlead.cluster;

import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.time.Duration;

/// A way to ask a [Holder].
interface HolderDoor extends AutoCloseable {
    /// Posts a question to the holder's port and waits for the answer.
    ///
    /// @param path with its query
    /// @param limit how long the answer may take
    /// @throws IOException when there is no answer; the message is why, for people
    JsonObject post(Holder holder, String path, JsonObject body, Duration limit) throws IOException;

    @Override
    default void close() {}
}
