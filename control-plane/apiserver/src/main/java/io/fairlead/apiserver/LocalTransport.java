package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonString;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/// The way into the server from within the process: the whole request path, minus HTTP. Trees are handed over as they are.
final class LocalTransport implements Transport {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final RequestPipeline pipeline;
    private final User user;
    private final UpstreamCalls calls;
    private final Executor executor;

    LocalTransport(RequestPipeline pipeline, User user, UpstreamCalls calls, Executor executor) {
        this.calls = calls;
        this.pipeline = pipeline;
        this.user = user;
        this.executor = executor;
    }

    @Override
    public JsonObject send(ApiRequest request) {
        return switch (pipeline.answer(call(request))) {
            case Answer.Single single -> single.object().tree();
            case Answer.Collection list -> whole(list);
            case Answer.Tree tree ->
                    tree.json() instanceof JsonObject object ? object : JsonObject.EMPTY;
            case Answer.Text missing when missing.code() == 404 ->
                    throw new ApiException(RequestPipeline.notServed());
            case Answer.Text refused when refused.code() >= 400 ->
                    throw refusal(refused.code(), refused.bytes());
            case Answer.Text text ->
                    JsonObject.of(
                            "text",
                            new JsonString(new String(text.bytes(), StandardCharsets.UTF_8)));
            case Answer.Redirect redirect -> throw notHere(request);
            case Answer.Events events -> throw notHere(request);
            case Answer.Forward forward -> elsewhere(request, forward.upstream());
        };
    }

    private JsonObject elsewhere(ApiRequest request, Upstream upstream) {
        List<Map.Entry<String, String>> headers = new ArrayList<>(upstream.identity());
        headers.add(Map.entry("Accept", Answer.JSON));
        headers.add(Map.entry("Connection", "close"));
        if (request.body().isPresent()) {
            headers.add(Map.entry("Content-Type", request.contentType()));
        }
        UpstreamCalls.Reply reply;
        try {
            reply =
                    calls.call(
                            request.method().name(),
                            () -> upstream,
                            headers,
                            request.body().map(JsonWriter::bytes).orElse(new byte[0]),
                            TIMEOUT);
        } catch (IOException e) {
            throw refusal(503, String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
        if (!reply.isGood()) {
            throw refusal(reply.code(), reply.body());
        }
        try {
            return JsonReader.readObject(reply.body());
        } catch (JsonSyntaxException e) {
            throw refusal(500, String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static ApiException refusal(int code, byte[] body) {
        try {
            return new ApiException(Status.of(JsonReader.readObject(body)));
        } catch (JsonSyntaxException e) {
            String reason = code == 404 ? "NotFound" : code == 503 ? "ServiceUnavailable" : "";
            String message = new String(body, StandardCharsets.UTF_8).strip();
            return new ApiException(new Status(code, reason, message, JsonObject.EMPTY));
        }
    }

    @Override
    public Watch watch(ApiRequest request, WatchListener listener) {
        ApiRequest watching = request.with("watch", "true").with("allowWatchBookmarks", "true");
        if (pipeline.answer(call(watching)) instanceof Answer.Events events) {
            Delivery delivery = new Delivery(events.stream(), listener, executor);
            delivery.start();
            return delivery;
        }
        throw notHere(request);
    }

    private Call call(ApiRequest request) {
        Map<String, List<String>> query = new HashMap<>();
        request.query().forEach((name, value) -> query.put(name, List.of(value)));
        Call.Body body =
                request.body().isPresent()
                        ? new Call.Body.Tree(request.contentType(), request.body().get())
                        : Call.noBody();
        return new Call(
                user,
                request.method().name(),
                request.path(),
                query,
                "",
                body,
                manager(),
                new Origin(user, "", request.path(), List.of(), "fairlead"),
                new ArrayList<>());
    }

    private String manager() {
        String name = user.name();
        return name.substring(name.lastIndexOf(':') + 1);
    }

    // In the process nothing is gained by leaving kind and version out.
    private static JsonObject whole(Answer.Collection list) {
        return ListEncoding.tree(
                new Answer.Collection(list.head(), list.items(), Answer.ItemForm.WHOLE));
    }

    private static ApiException notHere(ApiRequest request) {
        return new ApiException(
                Status.badRequest(
                        request.path() + " answers with a stream, which takes a connection"));
    }

    /// Tells a listener what a stream has, on the executor, one event at a time.
    private static final class Delivery implements Watch {
        private final WatchStream stream;
        private final WatchListener listener;
        private final Executor executor;
        // How often it was woken since it last looked; one run works until this is down to zero.
        private final AtomicInteger wakes = new AtomicInteger();
        private boolean isOver;

        Delivery(WatchStream stream, WatchListener listener, Executor executor) {
            this.stream = stream;
            this.listener = listener;
            this.executor = executor;
        }

        void start() {
            stream.onClose(this::wake);
            stream.start(this::wake);
        }

        @Override
        public void close() {
            stream.close();
        }

        private void wake() {
            if (wakes.getAndIncrement() == 0) {
                executor.execute(this::deliver);
            }
        }

        private void deliver() {
            int seen = wakes.get();
            do {
                for (WatchStream.Event event = stream.poll();
                        event != null;
                        event = stream.poll()) {
                    listener.onEvent(event.type(), event.json());
                }
                if (stream.isExhausted() && !isOver) {
                    isOver = true;
                    stream.close();
                    listener.onClose();
                }
                seen = wakes.addAndGet(-seen);
            } while (seen > 0);
        }
    }
}
