package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.io.IOException;

/// The way back to a client that runs a command or is attached, whatever protocol carries it. Safe for use by many threads.
interface RemoteChannel {
    /// Waits while the client is slow; so not to be called on an event loop.
    ///
    /// @throws IOException when the client is gone
    void send(RemoteStream stream, byte[] bytes, int count) throws IOException;

    /// Tells how it ended, and closes.
    void finish(JsonObject status);
}
