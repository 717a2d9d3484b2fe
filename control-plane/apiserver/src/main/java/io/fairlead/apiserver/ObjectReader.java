package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Answers get, list and watch. Safe for use by many threads.
final class ObjectReader {
    private static final Duration WATCH_LIFETIME = Duration.ofMinutes(30);
    private static final Duration BOOKMARK_PERIOD = Duration.ofSeconds(50);

    private final ObjectStore store;
    private final ObjectRules rules;
    private final Views views;
    private final ScheduledExecutorService timer;
    private final RandomGenerator random;

    ObjectReader(
            ObjectStore store,
            ObjectRules rules,
            Views views,
            ScheduledExecutorService timer,
            RandomGenerator random) {
        this.store = store;
        this.rules = rules;
        this.views = views;
        this.timer = timer;
        this.random = random;
    }

    Answer get(Call call, RequestTarget.Resource target, ApiResource resource) {
        String revision = call.parameter("resourceVersion");
        if (!revision.isEmpty()) {
            notFromTheFuture(ListOptions.forList(call).revision().orElse(0));
        }
        return views.single(call, 200, resource, find(target, resource.type()));
    }

    /// @throws ApiException 404
    ReadObject find(RequestTarget.Resource target, ResourceType type) {
        return find(type, new ObjectName(target.namespace(), target.name()));
    }

    ReadObject find(ResourceType type, ObjectName name) {
        Stored<StoredObject> stored =
                store.find(type, name)
                        .orElseThrow(() -> new ApiException(Status.notFound(type, name.name())));
        return stored.value().at(stored.modRevision());
    }

    Answer list(Call call, RequestTarget.Resource target, ApiResource resource) {
        ListOptions options = ListOptions.forList(call);
        Predicate<JsonObject> selector = rules.selector(call, resource);
        boolean selectsAll =
                call.parameter("labelSelector").isEmpty()
                        && call.parameter("fieldSelector").isEmpty();
        String prefix = StorageKeys.prefix(resource.type(), target.namespace());
        Snapshot<StoredObject> snapshot = snapshot(options);
        ListOptions.Page page =
                options.continueToken().isEmpty()
                        ? new ListOptions.Page(snapshot.revision(), "", 0)
                        : ListOptions.Page.parse(options.continueToken());
        List<ReadObject> items = new ArrayList<>();
        String last = page.afterKey();
        boolean hasMore = false;
        int seen = page.seen();
        Collection<Stored<StoredObject>> source =
                last.isEmpty()
                        ? snapshot.list(prefix)
                        : snapshot.list(prefix, last, Integer.MAX_VALUE);
        // A client that takes whatever a cache has gets everything at once.
        int limit = options.revision().orElse(-1) == 0 ? 0 : options.limit();
        for (Stored<StoredObject> stored : source) {
            if (!selector.test(stored.value().tree())) {
                continue;
            }
            if (limit > 0 && items.size() == limit) {
                hasMore = true;
                break;
            }
            items.add(stored.value().at(stored.modRevision()));
            last = stored.key();
            seen++;
        }
        JsonObject.Builder metadata =
                JsonObject.builder().put("resourceVersion", Long.toString(snapshot.revision()));
        if (hasMore) {
            metadata.put("continue", new ListOptions.Page(snapshot.revision(), last, seen).token());
            if (selectsAll) {
                metadata.put("remainingItemCount", snapshot.count(prefix) - seen);
            }
        }
        return views.list(call, resource, metadata.build(), items);
    }

    Answer watch(Call call, RequestTarget.Resource target, ApiResource resource) {
        ListOptions options = ListOptions.forWatch(call);
        Predicate<JsonObject> selector = rules.selector(call, resource);
        String prefix = StorageKeys.prefix(resource.type(), target.namespace());
        if (!target.name().isEmpty()) {
            String name = target.name();
            selector = selector.and(tree -> tree.text("metadata", "name").equals(name));
            prefix =
                    StorageKeys.key(
                            resource.type(), new ObjectName(target.namespace(), target.name()));
        }
        // Zero means "whatever there is"; so does nothing; and so does a request for initial
        // events.
        Optional<Long> after =
                options.sendsInitialEvents() || options.revision().orElse(0) == 0
                        ? Optional.empty()
                        : Optional.of(options.revision().getAsLong());
        if (options.revision().isPresent()) {
            notFromTheFuture(options.revision().getAsLong());
        }
        WatchStream.Bookmarks bookmarks =
                !options.allowsBookmarks()
                        ? WatchStream.Bookmarks.NONE
                        : options.sendsInitialEvents()
                                ? WatchStream.Bookmarks.END_OF_INITIAL_EVENTS
                                : WatchStream.Bookmarks.PERIODIC;
        WatchStream stream =
                new WatchStream(
                        store.store(),
                        new WatchStream.Scope(
                                prefix,
                                selector,
                                resource.type().kind(),
                                resource.type().apiVersion(),
                                after,
                                bookmarks),
                        views.events(call, resource));
        long seconds =
                options.timeoutSeconds() > 0
                        ? options.timeoutSeconds()
                        : WATCH_LIFETIME.toSeconds() + random.nextLong(WATCH_LIFETIME.toSeconds());
        ScheduledFuture<?> end = timer.schedule(() -> stream.end(), seconds, TimeUnit.SECONDS);
        stream.onClose(() -> end.cancel(false));
        if (bookmarks != WatchStream.Bookmarks.NONE) {
            ScheduledFuture<?> periodic =
                    timer.scheduleWithFixedDelay(
                            stream::requestBookmark,
                            BOOKMARK_PERIOD.toMillis(),
                            BOOKMARK_PERIOD.toMillis(),
                            TimeUnit.MILLISECONDS);
            stream.onClose(() -> periodic.cancel(false));
        }
        return new Answer.Events(stream);
    }

    private Snapshot<StoredObject> snapshot(ListOptions options) {
        if (!options.continueToken().isEmpty()) {
            long revision = ListOptions.Page.parse(options.continueToken()).revision();
            return store.at(revision)
                    .orElseThrow(() ->
                            expired(
                                    "The provided continue parameter is too old to display a"
                                            + " consistent list result. Start a new list without the"
                                            + " continue parameter."));
        }
        if (options.match().equals("Exact")) {
            notFromTheFuture(options.revision().orElse(0));
            return store.at(options.revision().orElse(0))
                    .orElseThrow(
                            () -> expired("The resourceVersion for the provided list is too old."));
        }
        notFromTheFuture(options.revision().orElse(0));
        return store.rememberedSnapshot();
    }

    private void notFromTheFuture(long revision) {
        long now = store.snapshot().revision();
        if (revision > now) {
            Status status =
                    new Status(
                                    504,
                                    "Timeout",
                                    "Timeout: Too large resource version: %d, current: %d"
                                            .formatted(revision, now),
                                    JsonObject.of("retryAfterSeconds", Json.of(1)))
                            .withCauses(
                                    List.of(
                                            JsonObject.of(
                                                    "reason",
                                                    Json.of("ResourceVersionTooLarge"),
                                                    "message",
                                                    Json.of("Too large resource version"))));
            throw new ApiException(status);
        }
    }

    private static ApiException expired(String message) {
        return new ApiException(new Status(410, "Expired", message, JsonObject.EMPTY));
    }
}
