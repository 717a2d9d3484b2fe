package io.fairlead.controllers;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.MergePatch;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.EventSubject;
import io.fairlead.client.KubeClient;
import io.fairlead.client.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/// Does the writes of a [Plan]. Safe for use by many threads.
public final class WriteRunner {
    private static final int ATTEMPTS_MAX = 5;

    private final KubeClient client;
    private final EventRecorder events;
    private final Executor executor;

    /// @param executor runs requests that go out together
    public WriteRunner(KubeClient client, EventRecorder events, Executor executor) {
        this.client = client;
        this.events = events;
        this.executor = executor;
    }

    /// Does the writes in order. After one that fails, only status is still written; then its exception is thrown.
    ///
    /// @param reads the types of which a watch will tell
    /// @param expected gets what a watch will tell of the writes that were done, also when one fails
    /// @return when to look again, when a step says so
    Optional<Duration> run(Plan plan, Set<ResourceType> reads, Collection<Expectation> expected) {
        Collection<Expectation> all = Collections.synchronizedCollection(expected);
        Optional<Duration> again = Optional.empty();
        RuntimeException failure = null;
        for (Write write : plan.writes()) {
            if (failure != null && !(write instanceof Write.PatchStatus)) {
                continue;
            }
            try {
                if (write instanceof Write.Procedure procedure) {
                    again = procedure.step().run(client);
                } else {
                    one(write, reads, all);
                }
            } catch (ApiException | TransportException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return again;
    }

    private void together(
            List<Write> writes, Set<ResourceType> reads, Collection<Expectation> expected) {
        int from = 0;
        int size = 1;
        while (from < writes.size()) {
            int to = Math.min(writes.size(), from + size);
            if (to - from == 1) {
                one(writes.get(from), reads, expected);
            } else {
                group(writes.subList(from, to), reads, expected);
            }
            from = to;
            size *= 2;
        }
    }

    private void group(
            List<Write> writes, Set<ResourceType> reads, Collection<Expectation> expected) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (Write write : writes) {
            running.add(CompletableFuture.runAsync(() -> one(write, reads, expected), executor));
        }
        RuntimeException failure = null;
        for (CompletableFuture<Void> done : running) {
            try {
                done.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof ApiException
                        || e.getCause() instanceof TransportException) {
                    failure = (RuntimeException) e.getCause();
                } else {
                    failure = e;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void one(Write write, Set<ResourceType> reads, Collection<Expectation> expected) {
        switch (write) {
            case Write.Create create -> {
                JsonObject made =
                        announced(
                                create.announcement(),
                                () -> client.create(create.type(), create.object()));
                expect(create.type(), made, reads, expected);
            }
            case Write.Update update ->
                    expect(
                            update.type(),
                            client.update(update.type(), update.object()),
                            reads,
                            expected);
            case Write.PatchStatus patch ->
                    expect(
                            patch.type(),
                            amended(
                                    new Key(patch.type(), patch.name()),
                                    patch.patch(),
                                    object -> client.updateStatus(patch.type(), object)),
                            reads,
                            expected);
            case Write.Amend amend ->
                    expect(
                            amend.type(),
                            amended(
                                    new Key(amend.type(), amend.name()),
                                    amend.patch(),
                                    object -> client.update(amend.type(), object)),
                            reads,
                            expected);
            case Write.Patch patch ->
                    expect(
                            patch.type(),
                            client.patch(
                                    patch.type(), patch.name(), patch.contentType(), patch.patch()),
                            reads,
                            expected);
            case Write.Delete delete -> delete(delete, reads, expected);
            case Write.Tell tell -> tell(tell);
            case Write.Together together -> together(together.writes(), reads, expected);
            case Write.Procedure procedure -> procedure.step().run(client);
        }
    }

    /// Reads, changes and replaces an object: Kubernetes' own roles let controllers update their objects, not patch them.
    private JsonObject amended(Key key, JsonObject patch, UnaryOperator<JsonObject> replace) {
        String uid = patch.text("metadata", "uid");
        for (int attempt = 1; ; attempt++) {
            JsonObject current = client.get(key.type(), key.name());
            if (!uid.isEmpty() && !uid.equals(new GenericObject(current).uid())) {
                throw new ApiException(Status.notFound(key.type(), key.name().name()));
            }
            try {
                return replace.apply(MergePatch.apply(current, patch));
            } catch (ApiException e) {
                // Somebody else wrote in between.
                if (!e.isConflict() || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private void delete(
            Write.Delete delete, Set<ResourceType> reads, Collection<Expectation> expected) {
        JsonObject answer;
        try {
            answer =
                    announced(
                            delete.announcement(),
                            () -> {
                                JsonObject gone =
                                        client.delete(delete.type(), delete.name(), delete.how());
                                // A Status does not name the object as the announcement wants it.
                                return gone.text("kind").equals("Status")
                                        ? gone.withAt(
                                                Json.of(delete.name().name()), "metadata", "name")
                                        : gone;
                            });
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return;
            }
            throw e;
        }
        if (!reads.contains(delete.type())) {
            return;
        }
        boolean tellsVersion =
                !answer.text("kind").equals("Status") && answer.has("metadata", "resourceVersion");
        expected.add(
                tellsVersion && new GenericObject(answer).isBeingDeleted()
                        ? Expectation.of(delete.type(), answer)
                        : new Expectation.OfDeletion(
                                new Key(delete.type(), delete.name()), delete.how().uid()));
    }

    private interface Request {
        JsonObject send();
    }

    private JsonObject announced(Optional<Write.Announcement> announcement, Request request) {
        if (announcement.isEmpty()) {
            return request.send();
        }
        Write.Announcement words = announcement.get();
        try {
            JsonObject answer = request.send();
            events.normal(
                    words.subject(),
                    words.doneReason(),
                    words.doneWith(new GenericObject(answer).name()));
            return answer;
        } catch (ApiException e) {
            // Nobody is interested in why things end while their namespace ends, or that they have
            // ended already.
            boolean isExpected = e.isNotFound() || (e.status().code() == 403 && isEnding(e));
            if (!isExpected) {
                events.warning(
                        words.subject(), words.refusedReason(), words.refused() + e.getMessage());
            }
            throw e;
        }
    }

    private static boolean isEnding(ApiException e) {
        return e.status().details().list("causes").stream()
                .anyMatch(cause -> cause.text("reason").equals("NamespaceTerminating"));
    }

    private static void expect(
            ResourceType type,
            JsonObject written,
            Set<ResourceType> reads,
            Collection<Expectation> expected) {
        if (reads.contains(type)) {
            expected.add(Expectation.of(type, written));
        }
    }

    private void tell(Write.Tell tell) {
        EventSubject subject = tell.subject();
        if (tell.warning()) {
            events.warning(subject, tell.reason(), tell.message());
        } else {
            events.normal(subject, tell.reason(), tell.message());
        }
    }
}
