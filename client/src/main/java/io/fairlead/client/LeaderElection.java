package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One of several processes leads: the one whose name is in a Lease, which it renews. A Lease that nobody renewed for its whole time, as seen from here, goes to whoever
/// takes it first; the server's check of the resource version lets only one do so. The same rules and times as Kubernetes' own controllers, so both understand each other's Leases.
///
/// Clocks of different machines are never compared: what counts is how long ago a change was seen here. Whoever could not renew in time stops leading before anybody else
/// may begin.
public final class LeaderElection implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LeaderElection.class.getName());
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration RENEWAL_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubeClient client;
    private final ObjectName lease;
    private final String identity;
    private final InstantSource clock;
    private final Executor requests;
    private final ScheduledExecutorService timer;
    private final Runnable begin;
    private final Runnable end;

    /// What follows is guarded by this object's lock.
    private String seen = "";

    private Instant seenAt = Instant.MIN;
    private Instant renewedAt = Instant.MIN;
    private boolean isLeading;
    private boolean isClosed;

    /// @param identity of this process, unlike every other's
    /// @param requests runs requests, which wait for their answers
    /// @param begin called when this process leads from now on
    /// @param end called when it does so no more; both come one after the other, on a thread of `requests` or that of [#close]
    public LeaderElection(
            KubeClient client,
            ObjectName lease,
            String identity,
            InstantSource clock,
            Executor requests,
            ScheduledExecutorService timer,
            Runnable begin,
            Runnable end) {
        this.client = client;
        this.lease = lease;
        this.identity = identity;
        this.clock = clock;
        this.requests = requests;
        this.timer = timer;
        this.begin = begin;
        this.end = end;
    }

    /// Takes part from now on. To be called once.
    public void start() {
        later(Duration.ZERO);
    }

    /// Whether this process leads.
    public synchronized boolean isLeading() {
        return isLeading;
    }

    private void later(Duration pause) {
        try {
            var _ =
                    timer.schedule(
                            () -> requests.execute(this::round),
                            pause.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the process ends; nobody is elected any more");
        }
    }

    private synchronized void round() {
        if (isClosed) {
            return;
        }
        try {
            Optional<JsonObject> held = client.find(ResourceType.LEASE, lease);
            if (tryToHold(held.orElse(null))) {
                renewedAt = clock.instant();
                lead();
            } else {
                follow();
            }
        } catch (ApiException | TransportException e) {
            LOG.log(
                    Level.DEBUG,
                    "lease {0} cannot be had: {1}",
                    lease,
                    String.valueOf(e.getMessage()));
            if (isLeading && clock.instant().isAfter(renewedAt.plus(RENEWAL_LIMIT))) {
                follow();
            }
        }
        later(PAUSE);
    }

    private boolean tryToHold(@Nullable JsonObject held) {
        Instant now = clock.instant();
        if (held == null) {
            client.create(ResourceType.LEASE, mine(JsonObject.EMPTY, now, 0));
            return true;
        }
        String version = held.text("metadata", "resourceVersion");
        if (!version.equals(seen)) {
            seen = version;
            seenAt = now;
        }
        String holder = held.text("spec", "holderIdentity");
        boolean isMine = holder.equals(identity);
        Duration lifetime =
                Duration.ofSeconds(held.number(LEASE.toSeconds(), "spec", "leaseDurationSeconds"));
        if (!isMine && !holder.isEmpty() && now.isBefore(seenAt.plus(lifetime))) {
            return false;
        }
        long transitions = held.number(0, "spec", "leaseTransitions");
        client.update(ResourceType.LEASE, mine(held, now, isMine ? transitions : transitions + 1));
        return true;
    }

    private JsonObject mine(JsonObject held, Instant now, long transitions) {
        boolean isHeld = held.text("spec", "holderIdentity").equals(identity);
        String acquired = isHeld ? held.text("spec", "acquireTime") : MICROSECONDS.format(now);
        JsonObject metadata =
                held.isEmpty()
                        ? JsonObject.of(
                                "name",
                                Json.of(lease.name()),
                                "namespace",
                                Json.of(lease.namespace()))
                        : held.object("metadata");
        return held.with("metadata", metadata)
                .with(
                        "spec",
                        JsonObject.builder()
                                .put("holderIdentity", identity)
                                .put("leaseDurationSeconds", LEASE.toSeconds())
                                .put("acquireTime", acquired)
                                .put("renewTime", MICROSECONDS.format(now))
                                .put("leaseTransitions", transitions)
                                .build());
    }

    private void lead() {
        if (!isLeading) {
            isLeading = true;
            LOG.log(Level.INFO, "{0} leads by lease {1}", identity, lease);
            begin.run();
        }
    }

    private void follow() {
        if (isLeading) {
            isLeading = false;
            LOG.log(Level.WARNING, "{0} leads no more by lease {1}", identity, lease);
            end.run();
        }
    }

    /// Takes part no more; who led lets the next one lead at once.
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (!isLeading) {
            return;
        }
        isLeading = false;
        end.run();
        try {
            JsonObject held = client.get(ResourceType.LEASE, lease);
            if (held.text("spec", "holderIdentity").equals(identity)) {
                client.update(
                        ResourceType.LEASE,
                        held.with(
                                "spec",
                                held.object("spec")
                                        .with("holderIdentity", "")
                                        .with("leaseDurationSeconds", Json.of(1))));
            }
        } catch (ApiException | TransportException e) {
            LOG.log(Level.DEBUG, "lease {0} stays until its time is over", lease);
        }
    }
}
