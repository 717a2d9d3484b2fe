package io.fairlead.client;

import io.fairlead.api.JsonObject;

/// The way to one API server, as one identity. In one process it leads straight into the server's request path,
/// authorisation and admission included; else over HTTPS. Safe for use by many threads.
public interface Transport {
    /// Sends a request and waits for its answer: the object, list or `Status` of success.
    ///
    /// @throws io.fairlead.api.ApiException when the server answers with an error
    /// @throws TransportException when there is no answer
    JsonObject send(ApiRequest request);

    /// Opens a watch. Events arrive in order, one call at a time, on a thread of the transport, which the listener must not hold up.
    /// Watches always ask for bookmarks.
    ///
    /// @throws io.fairlead.api.ApiException when the server refuses it
    Watch watch(ApiRequest request, WatchListener listener);

    /// An open watch; closing it twice does nothing.
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
