package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Shares the server out among those who want something of it, as FlowSchemas and PriorityLevelConfigurations say: who asks too much waits behind himself, not before others.
/// Safe for use by many threads; requests wait on their own.
final class FlowControl {
    static final ResourceType SCHEMA =
            new ResourceType(
                    "flowcontrol.apiserver.k8s.io",
                    "v1",
                    "flowschemas",
                    "FlowSchema",
                    Scope.CLUSTER);
    static final ResourceType LEVEL =
            new ResourceType(
                    "flowcontrol.apiserver.k8s.io",
                    "v1",
                    "prioritylevelconfigurations",
                    "PriorityLevelConfiguration",
                    Scope.CLUSTER);

    private static final int OBJECTS_PER_SEAT = 100;
    private static final int SEATS_MAX = 10;
    private static final double EXPECTED_SECONDS = 0.01;

    private final Supplier<Snapshot<StoredObject>> snapshots;
    private final LongSupplier changes;
    private final RequestLimits limits;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, PriorityLevel> levels = new TreeMap<>();
    private final Map<Counter, Long> counters = new HashMap<>();
    private volatile @Nullable Configuration configuration;
    private int reading;
    private int writing;

    private record Configuration(long count, List<FlowSchema> schemas) {}

    private record Counter(String what, String schema, String level, String reason) {}

    /// @param changes of schemas and levels, as [#prefixes] says where they are
    /// @param nanos a clock that only goes on
    FlowControl(
            Supplier<Snapshot<StoredObject>> snapshots,
            LongSupplier changes,
            RequestLimits limits,
            LongSupplier nanos) {
        this.snapshots = snapshots;
        this.changes = changes;
        this.limits = limits;
        this.nanos = nanos;
    }

    /// Where the schemas and levels are.
    static List<String> prefixes() {
        return List.of(StorageKeys.prefix(SCHEMA), StorageKeys.prefix(LEVEL));
    }

    /// What a request was told. Closing it gives its seats back.
    ///
    /// @param schemaUid which FlowSchema it was taken by; empty when there is none
    record Ticket(boolean isAdmitted, String schemaUid, String levelUid, Runnable end)
            implements AutoCloseable {
        private static final Ticket FREE = new Ticket(true, "", "", () -> {});

        @Override
        public void close() {
            end.run();
        }
    }

    /// Returns when the request may go on, or has waited in vain. Streams give their seats back as soon as they stream.
    Ticket admit(AccessRequest request) {
        return limits.sharing() == RequestLimits.Sharing.FAIR ? queue(request) : count(request);
    }

    // Whoever rules the cluster always gets an answer.
    private Ticket count(AccessRequest request) {
        boolean isRead = isRead(request.verb());
        lock.lock();
        try {
            boolean isFull = isRead ? reading >= limits.reads() : writing >= limits.writes();
            if (isFull && !request.user().isMaster()) {
                return new Ticket(false, "", "", () -> {});
            }
            change(isRead, 1);
        } finally {
            lock.unlock();
        }
        return new Ticket(
                true,
                "",
                "",
                () -> {
                    lock.lock();
                    try {
                        change(isRead, -1);
                    } finally {
                        lock.unlock();
                    }
                });
    }

    private void change(boolean isRead, int by) {
        if (isRead) {
            reading += by;
        } else {
            writing += by;
        }
    }

    private static boolean isRead(String verb) {
        return verb.equals("get") || verb.equals("list") || verb.equals("watch");
    }

    private Ticket queue(AccessRequest request) {
        Optional<FlowSchema> found =
                current().schemas().stream().filter(one -> one.matches(request)).findFirst();
        if (found.isEmpty()) {
            return Ticket.FREE;
        }
        FlowSchema schema = found.get();
        int width = width(request);
        PriorityLevel level;
        PriorityLevel.Waiter waiter;
        lock.lock();
        try {
            level = levels.get(schema.level());
            if (level == null) {
                return Ticket.FREE;
            }
            PriorityLevel.Shape shape = level.shape();
            boolean isSeated = shape.isExempt() || (shape.queues() == 0 && fits(level, width));
            if (isSeated) {
                waiter = level.seat(width);
            } else if (shape.queues() == 0) {
                return refused(schema, level, "concurrency-limit");
            } else {
                Optional<PriorityLevel.Waiter> queued =
                        level.enqueue(hash(schema.flow(request)), width);
                if (queued.isEmpty()) {
                    return refused(schema, level, "queue-full");
                }
                waiter = queued.get();
                dispatch(level);
            }
        } finally {
            lock.unlock();
        }
        return awaited(schema, level, waiter);
    }

    private Ticket awaited(FlowSchema schema, PriorityLevel level, PriorityLevel.Waiter waiter) {
        String reason = "";
        try {
            Duration patience = limits.timeout().dividedBy(4);
            waiter.turn.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            reason = "time-out";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reason = "cancelled";
        } catch (ExecutionException e) {
            throw new IllegalStateException("a turn cannot fail", e);
        }
        lock.lock();
        try {
            // It may have got its seats between.
            if (!reason.isEmpty() && !waiter.turn.isDone()) {
                level.leave(waiter);
                return refused(schema, level, reason);
            }
            counters.merge(
                    new Counter("dispatched", schema.name(), level.name(), ""), 1L, Long::sum);
        } finally {
            lock.unlock();
        }
        long begin = nanos.getAsLong();
        return new Ticket(
                true,
                schema.uid(),
                level.shape().uid(),
                () -> finish(level, waiter, (nanos.getAsLong() - begin) / 1e9));
    }

    private void finish(PriorityLevel level, PriorityLevel.Waiter waiter, double seconds) {
        lock.lock();
        try {
            level.finish(waiter, seconds);
            // Seats are lent, so they may help others.
            levels.values().forEach(this::dispatch);
        } finally {
            lock.unlock();
        }
    }

    private Ticket refused(FlowSchema schema, PriorityLevel level, String reason) {
        counters.merge(new Counter("rejected", schema.name(), level.name(), reason), 1L, Long::sum);
        return new Ticket(false, schema.uid(), level.shape().uid(), () -> {});
    }

    private void dispatch(PriorityLevel level) {
        for (Optional<PriorityLevel.Waiter> next = level.next();
                next.isPresent() && fits(level, level.width(next.get()));
                next = level.next()) {
            level.dispatch(next.get(), EXPECTED_SECONDS);
        }
    }

    // What others are sure of stays free for them; the rest belongs to who comes first.
    private boolean fits(PriorityLevel level, int width) {
        int after = level.executing() + width;
        if (after <= level.guaranteed() || (level.executing() == 0 && level.nominal() > 0)) {
            return true;
        }
        if (after > level.most()) {
            return false;
        }
        long taken = width;
        for (PriorityLevel other : levels.values()) {
            if (!other.shape().isExempt()) {
                taken +=
                        other == level
                                ? other.executing()
                                : Math.max(other.executing(), other.guaranteed());
            }
        }
        return taken <= seats();
    }

    private int seats() {
        return limits.reads() + limits.writes();
    }

    // A list of many objects takes more than one seat, for it takes more of the server.
    private int width(AccessRequest request) {
        if (!(request instanceof AccessRequest.ToResource to)
                || !to.verb().equals("list")
                || !to.name().isEmpty()) {
            return 1;
        }
        ResourceType type =
                new ResourceType(to.group(), to.version(), to.plural(), "", Scope.NAMESPACED);
        int count = snapshots.get().count(StorageKeys.prefix(type, to.namespace()));
        return Math.clamp(count / OBJECTS_PER_SEAT, 1, SEATS_MAX);
    }

    private Configuration current() {
        // Counted before the objects are read: a change between has them read again.
        long count = changes.getAsLong();
        Configuration known = configuration;
        if (known == null || known.count() != count) {
            known = read(snapshots.get(), count);
            configuration = known;
        }
        return known;
    }

    private Configuration read(Snapshot<StoredObject> snapshot, long count) {
        Map<String, PriorityLevel.Shape> shapes = new TreeMap<>();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(LEVEL))) {
            JsonObject tree = stored.value().tree();
            shapes.put(tree.text("metadata", "name"), PriorityLevel.Shape.of(tree));
        }
        List<FlowSchema> schemas = new ArrayList<>();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(SCHEMA))) {
            FlowSchema schema = FlowSchema.of(stored.value().tree());
            if (shapes.containsKey(schema.level())) {
                schemas.add(schema);
            }
        }
        schemas.sort(FlowSchema.ORDER);
        long shares = shapes.values().stream().mapToLong(PriorityLevel.Shape::shares).sum();
        lock.lock();
        try {
            // A level that is gone lives on until its requests are through.
            levels.values()
                    .removeIf(level ->
                            !shapes.containsKey(level.name())
                                    && level.executing() + level.waiting() == 0);
            shapes.forEach((name, shape) -> {
                int seats = (int) Math.ceilDiv(seats() * shape.shares(), Math.max(1, shares));
                levels.computeIfAbsent(name, PriorityLevel::new).reshape(shape, seats);
            });
        } finally {
            lock.unlock();
        }
        return new Configuration(count, List.copyOf(schemas));
    }

    /// For Prometheus.
    String metrics() {
        StringBuilder text = new StringBuilder();
        lock.lock();
        try {
            gauge("nominal_limit_seats", "Seats of a priority level.", text);
            levels.values()
                    .forEach(level -> line("nominal_limit_seats", level, level.nominal(), text));
            gauge("current_executing_seats", "Seats that requests have now.", text);
            levels.values()
                    .forEach(level ->
                            line("current_executing_seats", level, level.executing(), text));
            gauge("current_inqueue_requests", "Requests that wait now.", text);
            levels.values()
                    .forEach(level ->
                            line("current_inqueue_requests", level, level.waiting(), text));
            for (String what : List.of("dispatched", "rejected")) {
                text.append(
                                "# HELP apiserver_flowcontrol_%s_requests_total Requests %s.\n"
                                        .formatted(what, what))
                        .append(
                                "# TYPE apiserver_flowcontrol_%s_requests_total counter\n"
                                        .formatted(what));
                counters.forEach((counter, value) -> {
                    if (counter.what().equals(what)) {
                        text.append(
                                "apiserver_flowcontrol_%s_requests_total{flow_schema=\"%s\",priority_level=\"%s\"%s} %d\n"
                                        .formatted(
                                                what,
                                                counter.schema(),
                                                counter.level(),
                                                counter.reason().isEmpty()
                                                        ? ""
                                                        : ",reason=\"" + counter.reason() + "\"",
                                                value));
                    }
                });
            }
        } finally {
            lock.unlock();
        }
        return text.toString();
    }

    private static void gauge(String name, String help, StringBuilder text) {
        text.append("# HELP apiserver_flowcontrol_%s %s\n".formatted(name, help))
                .append("# TYPE apiserver_flowcontrol_%s gauge\n".formatted(name));
    }

    private static void line(String name, PriorityLevel level, long value, StringBuilder text) {
        text.append(
                "apiserver_flowcontrol_%s{priority_level=\"%s\"} %d\n"
                        .formatted(name, level.name(), value));
    }

    // FNV-1a, then mixed, so that names that differ little are dealt different hands.
    private static long hash(String flow) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < flow.length(); i++) {
            hash = (hash ^ flow.charAt(i)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9e3779b97f4a7c15L;
        return hash ^ hash >>> 29;
    }
}
