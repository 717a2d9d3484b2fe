package io.fairlead.apiserver;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;

/// A request as it came over HTTP, complete.
///
/// @param connection the channel that holds the TLS session
@SuppressWarnings("ArrayRecordComponent")
record WireRequest(
        String method,
        String uri,
        HttpHeaders headers,
        byte[] body,
        boolean isKeepAlive,
        Channel connection) {
    String header(String name) {
        String value = headers.get(name);
        return value == null ? "" : value;
    }
}
