package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.client.TransportException;
import io.fairlead.client.WatchListener;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// A way to an API server that says once when it is barred, and once when it is open again, however often it is tried.
final class ToldTransport implements Transport {
    private static final System.Logger LOG = System.getLogger(ToldTransport.class.getName());
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Transport transport;
    private final URI server;

    /// What was said last; empty while it is open.
    private final AtomicReference<String> said = new AtomicReference<>("");

    ToldTransport(Transport transport, URI server) {
        this.transport = transport;
        this.server = server;
    }

    @Override
    public JsonObject send(ApiRequest request) {
        return told(() -> transport.send(request));
    }

    @Override
    public Watch watch(ApiRequest request, WatchListener listener) {
        return told(() -> transport.watch(request, listener));
    }

    private <T> T told(Supplier<T> attempt) {
        try {
            T answer = attempt.get();
            if (!said.getAndSet("").isEmpty()) {
                LOG.log(Level.INFO, "the API server {0} answers", server);
            }
            return answer;
        } catch (TransportException e) {
            say("the API server is tried until it answers: " + e.getMessage());
            throw e;
        } catch (ApiException e) {
            if (e.status().code() == UNAUTHORIZED || e.status().code() == FORBIDDEN) {
                say("the API server is tried until it allows it: " + e.status().message());
            }
            throw e;
        }
    }

    private void say(String sentence) {
        if (!said.getAndSet(sentence).equals(sentence)) {
            LOG.log(Level.WARNING, sentence);
        }
    }
}
