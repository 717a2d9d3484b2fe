package io.fairlead.node;

import java.util.Locale;
import java.util.Optional;

/// The streams of a remote command, with their numbers in Kubernetes' WebSocket protocols.
enum RemoteStream {
    STDIN,
    STDOUT,
    STDERR,
    ERROR,
    RESIZE;

    /// As SPDY's `streamType` header names it.
    static Optional<RemoteStream> named(String name) {
        for (RemoteStream stream : values()) {
            if (stream.name().toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of(stream);
            }
        }
        return Optional.empty();
    }

    static Optional<RemoteStream> numbered(int number) {
        return number >= 0 && number < values().length
                ? Optional.of(values()[number])
                : Optional.empty();
    }
}
