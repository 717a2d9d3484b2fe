package io.fairlead.apiserver;

import java.util.concurrent.Callable;

/// Where sockets are made: a socket belongs to the network namespace it was opened in, for ever.
public interface SocketScope {
    /// Runs `open` inside the scope and returns what it made.
    <T> T open(Callable<T> open) throws Exception;

    /// The namespace of whoever calls.
    SocketScope HERE =
            new SocketScope() {
                @Override
                public <T> T open(Callable<T> open) throws Exception {
                    return open.call();
                }
            };
}
