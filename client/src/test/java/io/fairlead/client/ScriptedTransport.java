package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/// A server played by the test: it sees every request and says what comes back.
final class ScriptedTransport implements Transport {
    record OpenWatch(ApiRequest request, WatchListener listener) {}

    final List<ApiRequest> sent = new ArrayList<>();
    final Deque<OpenWatch> watches = new ArrayDeque<>();
    final Deque<Status> refusals = new ArrayDeque<>();
    Function<ApiRequest, JsonObject> answers =
            request -> {
                throw new ApiException(Status.badRequest("unexpected " + request.path()));
            };

    @Override
    public JsonObject send(ApiRequest request) {
        sent.add(request);
        return answers.apply(request);
    }

    @Override
    public Watch watch(ApiRequest request, WatchListener listener) {
        sent.add(request);
        Status refusal = refusals.poll();
        if (refusal != null) {
            throw new ApiException(refusal);
        }
        watches.add(new OpenWatch(request, listener));
        return () -> {};
    }

    OpenWatch last() {
        return watches.getLast();
    }
}
