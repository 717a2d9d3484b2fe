package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The way to any API server over HTTPS, as a kubeconfig says. Safe for use by many threads; watches cost no thread.
public final class RemoteTransport implements Transport, AutoCloseable {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

    private final HttpClient http;
    private final URI server;
    private final Supplier<String> token;

    private RemoteTransport(HttpClient http, URI server, Supplier<String> token) {
        this.http = http;
        this.server = server;
        this.token = token;
    }

    /// By the current context of a kubeconfig.
    ///
    /// @throws KubeconfigException when it does not say enough
    public static RemoteTransport open(Kubeconfig kubeconfig) {
        Kubeconfig.Access access = kubeconfig.current();
        return open(access, access::token);
    }

    /// @throws KubeconfigException when its certificates or keys cannot be read
    public static RemoteTransport open(ApiAccess access) {
        return open(access.way(), access.token());
    }

    /// @param token asked for before each request, because tokens expire
    /// @throws KubeconfigException when its certificates or keys cannot be read
    private static RemoteTransport open(Kubeconfig.Access access, Supplier<String> token) {
        HttpClient http =
                HttpClient.newBuilder()
                        .sslContext(ClientIdentity.context(access))
                        .connectTimeout(CONNECT_WITHIN)
                        .build();
        return new RemoteTransport(http, access.server(), token);
    }

    /// The HTTP client, which knows whom to trust and who one is.
    public HttpClient http() {
        return http;
    }

    public URI server() {
        return server;
    }

    @Override
    public JsonObject send(ApiRequest request) {
        try {
            HttpRequest wire = wire(request).timeout(ANSWER_WITHIN).build();
            HttpResponse<byte[]> answer = http.send(wire, HttpResponse.BodyHandlers.ofByteArray());
            JsonObject body = WireForm.body(server, answer.statusCode(), answer.body());
            if (answer.statusCode() >= 300) {
                throw new ApiException(Status.of(body));
            }
            return body;
        } catch (IOException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException("interrupted while asking " + server, e);
        }
    }

    @Override
    public Watch watch(ApiRequest request, WatchListener listener) {
        ApiRequest bookmarked = request.with("watch", "true").with("allowWatchBookmarks", "true");
        Events events = new Events(listener);
        // Empty once events flow, else why they do not.
        CompletableFuture<Optional<Status>> opened = new CompletableFuture<>();
        CompletableFuture<HttpResponse<Void>> _ =
                http.sendAsync(
                                wire(bookmarked).build(),
                                answer -> reader(answer.statusCode(), events, opened))
                        .whenComplete((answer, failure) -> {
                            if (failure != null) {
                                opened.completeExceptionally(failure);
                            }
                        });
        try {
            opened.get().ifPresent(RemoteTransport::refuse);
            return events;
        } catch (ExecutionException e) {
            throw failure(
                    e.getCause() instanceof IOException io ? io : new IOException(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException("interrupted while asking " + server, e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpResponse.BodySubscriber<Void> reader(
            int code, Events events, CompletableFuture<Optional<Status>> opened) {
        if (code == 200) {
            opened.complete(Optional.empty());
            return HttpResponse.BodySubscribers.fromLineSubscriber(
                    events, ignored -> null, StandardCharsets.UTF_8, "\n");
        }
        return HttpResponse.BodySubscribers.mapping(
                HttpResponse.BodySubscribers.ofByteArray(),
                bytes -> {
                    opened.complete(Optional.of(Status.of(WireForm.body(server, code, bytes))));
                    return null;
                });
    }

    private static void refuse(Status status) {
        throw new ApiException(status);
    }

    private HttpRequest.Builder wire(ApiRequest request) {
        URI uri = URI.create(WireForm.address(server, request));
        HttpRequest.Builder wire = HttpRequest.newBuilder(uri).header("Accept", ApiRequest.JSON);
        String bearer = token.get();
        if (!bearer.isEmpty()) {
            wire.header("Authorization", "Bearer " + bearer);
        }
        HttpRequest.BodyPublisher body =
                request.body()
                        .map(json -> HttpRequest.BodyPublishers.ofByteArray(JsonWriter.bytes(json)))
                        .orElse(HttpRequest.BodyPublishers.noBody());
        request.body().ifPresent(json -> wire.header("Content-Type", request.contentType()));
        return wire.method(request.method().name(), body);
    }

    private TransportException failure(IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new TransportException(
                "%s does not answer (%s); is the cluster running?".formatted(server, reason), e);
    }

    /// Reads one event a line. Its methods are called by one thread at a time.
    private static final class Events implements Flow.Subscriber<String>, Watch {
        private final WatchListener listener;
        private final AtomicReference<Flow.@Nullable Subscription> source = new AtomicReference<>();
        private final AtomicBoolean isOver = new AtomicBoolean();

        Events(WatchListener listener) {
            this.listener = listener;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            source.set(subscription);
            if (isOver.get()) {
                subscription.cancel();
                return;
            }
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (line.isBlank() || isOver.get()) {
                return;
            }
            JsonObject event = JsonReader.readObject(line.getBytes(StandardCharsets.UTF_8));
            listener.onEvent(
                    WatchListener.EventType.valueOf(event.text("type")), event.object("object"));
        }

        @Override
        public void onError(Throwable failure) {
            end();
        }

        @Override
        public void onComplete() {
            end();
        }

        @Override
        public void close() {
            Flow.Subscription subscription = source.get();
            if (subscription != null) {
                subscription.cancel();
            }
            end();
        }

        private void end() {
            if (isOver.compareAndSet(false, true)) {
                listener.onClose();
            }
        }
    }
}
