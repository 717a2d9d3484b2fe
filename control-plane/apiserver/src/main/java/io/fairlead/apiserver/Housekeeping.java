package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Transport;
import io.fairlead.client.TransportException;
import io.fairlead.store.Store;
import io.fairlead.store.StoreException;
import io.fairlead.store.Stored;
import io.fairlead.store.Transaction;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What the server does unasked: forgets old events and old history, keeps Service `kubernetes` and how requests share the server in place, and counts
/// for resource quotas.
final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final Duration PERIOD = Duration.ofSeconds(30);
    private static final int EVENTS_PER_COMMIT = 500;

    private final ApiServerSettings settings;
    private final ApiServerRuntime runtime;
    private final ObjectStore store;
    private final Bootstrap bootstrap;
    private final FlowSchemaStatus flows;
    private final List<Duty> duties;
    private final QuotaKeeper quotas;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private final List<Store.Subscription> watches = new ArrayList<>();
    private final AtomicBoolean isRestoring = new AtomicBoolean();
    private @Nullable ScheduledFuture<?> periodic;
    private volatile boolean isClosed;

    /// Which revision was the newest at a time.
    private record Mark(Instant time, long revision) {}

    /// Something that is done at the start, now and then, and when an object changes whose key begins with one of `prefixes`.
    record Duty(List<String> prefixes, Runnable task) {}

    Housekeeping(
            ApiServerSettings settings,
            ApiServerRuntime runtime,
            ObjectStore store,
            Transport transport,
            Bootstrap bootstrap,
            FlowSchemaStatus flows,
            List<Duty> duties) {
        this.flows = flows;
        this.duties = List.copyOf(duties);
        this.settings = settings;
        this.runtime = runtime;
        this.store = store;
        this.bootstrap = bootstrap;
        this.quotas = new QuotaKeeper(store, transport, runtime.tasks());
    }

    void start() {
        periodic =
                runtime.timer()
                        .scheduleWithFixedDelay(
                                () -> runtime.tasks().execute(this::clean),
                                PERIOD.toMillis(),
                                PERIOD.toMillis(),
                                TimeUnit.MILLISECONDS);
        for (ResourceType type :
                List.of(
                        ResourceType.SERVICE,
                        ResourceType.ENDPOINTS,
                        ResourceType.ENDPOINT_SLICE)) {
            watch(StorageKeys.prefix(type, "default") + "kubernetes", this::restore);
        }
        watch(StorageKeys.prefix(FlowControl.SCHEMA), this::shareOut);
        watch(StorageKeys.prefix(FlowControl.LEVEL), this::shareOut);
        runtime.tasks().execute(this::shareOut);
        runtime.tasks().execute(this::renew);
        for (Duty duty : duties) {
            duty.prefixes().forEach(prefix -> watch(prefix, duty.task()));
            runtime.tasks().execute(duty.task());
        }
        store.store().watch(store.snapshot().revision(), "", quotas).ifPresent(watches::add);
        quotas.settleSoon();
    }

    @Override
    public void close() {
        isClosed = true;
        if (periodic != null) {
            periodic.cancel(false);
        }
        watches.forEach(Store.Subscription::close);
    }

    private void watch(String prefix, Runnable task) {
        Optional<Store.Subscription> watch =
                store.store()
                        .watch(
                                store.snapshot().revision(),
                                prefix,
                                (revision, changes) -> runtime.tasks().execute(task));
        watch.ifPresent(watches::add);
    }

    private void restore() {
        if (!isRestoring.compareAndSet(false, true)) {
            return;
        }
        try {
            bootstrap.restoreService();
        } catch (ApiException | TransportException e) {
            LOG.log(Level.WARNING, "cannot restore Service default/kubernetes: " + e.getMessage());
        } finally {
            isRestoring.set(false);
        }
    }

    private void shareOut() {
        try {
            bootstrap.restoreSharing();
            flows.settle();
        } catch (ApiException | StoreException e) {
            complain("cannot keep FlowSchemas", e);
        }
    }

    // What was kept in the clear, or with an old key, is kept anew.
    private void renew() {
        try {
            for (Stored<StoredObject> stored : store.snapshot().list("")) {
                if (stored.value().isStale()) {
                    Transaction.Builder<StoredObject> transaction = Transaction.builder();
                    transaction.put(
                            stored.key(),
                            new StoredObject(stored.value().tree()),
                            new Transaction.AtRevision(stored.modRevision()));
                    store.commit(transaction.build());
                }
            }
        } catch (ApiException | StoreException e) {
            complain("cannot keep objects anew", e);
        }
    }

    // Who is being closed is not surprised.
    private void complain(String what, RuntimeException cause) {
        if (!isClosed) {
            LOG.log(Level.WARNING, what + ": " + cause.getMessage());
        }
    }

    private void clean() {
        try {
            forgetEvents();
            compact();
            restore();
            duties.forEach(duty -> duty.task().run());
        } catch (ApiException | StoreException e) {
            LOG.log(Level.WARNING, "cannot clean up: " + e.getMessage());
        }
    }

    private void compact() {
        Instant now = runtime.clock().instant();
        marks.addLast(new Mark(now, store.snapshot().revision()));
        Mark due = null;
        while (!marks.isEmpty()
                && marks.getFirst().time().isBefore(now.minus(settings.history()))) {
            due = marks.removeFirst();
        }
        if (due != null && due.revision() > store.store().compactedRevision()) {
            store.store().compact(due.revision());
        }
    }

    private void forgetEvents() {
        Instant oldest = runtime.clock().instant().minus(settings.eventLifetime());
        Transaction.Builder<StoredObject> transaction = Transaction.builder();
        int count = 0;
        for (Stored<StoredObject> stored :
                store.snapshot().list(StorageKeys.prefix(ResourceType.EVENT))) {
            if (lastSeen(stored.value().tree()).isBefore(oldest) && count < EVENTS_PER_COMMIT) {
                transaction.delete(stored.key(), new Transaction.AtRevision(stored.modRevision()));
                count++;
            }
        }
        if (count > 0) {
            store.commit(transaction.build());
        }
    }

    private static Instant lastSeen(JsonObject event) {
        Instant newest = Instant.MIN;
        List<String> times =
                List.of(
                        event.text("metadata", "creationTimestamp"),
                        event.text("lastTimestamp"),
                        event.text("eventTime"),
                        event.text("series", "lastObservedTime"));
        for (String text : times) {
            Instant time = time(text);
            newest = time.isAfter(newest) ? time : newest;
        }
        return newest;
    }

    // An event with an odd time lives by its other ones.
    private static Instant time(String text) {
        try {
            return text.isEmpty() ? Instant.MIN : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.MIN;
        }
    }
}
