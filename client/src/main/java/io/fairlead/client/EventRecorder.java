package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Tells users what happened to objects, as Event objects, which `kubectl describe` shows. The same thing happening again counts up the
/// Event that tells of it. Events are a courtesy: recording one never waits, never fails, and drops it when too many wait already.
///
/// Safe for use by many threads; Events are written one after another.
public final class EventRecorder {
    private static final int WAITING_MAX = 1_000;
    private static final int REMEMBERED_MAX = 4_096;

    private final KubeClient client;
    private final String component;
    private final String host;
    private final InstantSource clock;
    private final Executor requests;
    private final Deque<Occurrence> waiting = new ArrayDeque<>();
    private final Map<Occurrence, Recorded> recorded = new RecentlyRecorded();
    private long lastName;
    private boolean running;

    /// Whether something went as it should.
    public enum Severity {
        NORMAL("Normal"),
        WARNING("Warning");

        private final String word;

        Severity(String word) {
            this.word = word;
        }
    }

    private record Occurrence(
            EventSubject subject, Severity severity, String reason, String message) {
        Occurrence withoutVersion() {
            return new Occurrence(subject.withoutVersion(), severity, reason, message);
        }
    }

    private record Recorded(ObjectName name, long count) {}

    private static final class RecentlyRecorded extends LinkedHashMap<Occurrence, Recorded> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Occurrence, Recorded> eldest) {
            return size() > REMEMBERED_MAX;
        }
    }

    /// @param component who tells, such as `deployment-controller`
    /// @param host the node that tells; empty where it is none
    /// @param requests runs requests, which wait for their answers
    public EventRecorder(
            KubeClient client,
            String component,
            String host,
            InstantSource clock,
            Executor requests) {
        this.client = client;
        this.component = component;
        this.host = host;
        this.clock = clock;
        this.requests = requests;
    }

    /// @param reason one word in camel case, such as `ScalingReplicaSet`
    public void normal(EventSubject subject, String reason, String message) {
        record(new Occurrence(subject, Severity.NORMAL, reason, message));
    }

    public void warning(EventSubject subject, String reason, String message) {
        record(new Occurrence(subject, Severity.WARNING, reason, message));
    }

    private void record(Occurrence occurrence) {
        synchronized (this) {
            if (waiting.size() >= WAITING_MAX) {
                return;
            }
            waiting.add(occurrence);
            if (running) {
                return;
            }
            running = true;
        }
        try {
            requests.execute(this::writeWaiting);
        } catch (RejectedExecutionException e) {
            System.getLogger(EventRecorder.class.getName())
                    .log(System.Logger.Level.DEBUG, "too late for events", e);
        }
    }

    private void writeWaiting() {
        while (true) {
            Occurrence next;
            synchronized (this) {
                next = waiting.poll();
                if (next == null) {
                    running = false;
                    return;
                }
            }
            try {
                write(next);
            } catch (ApiException | TransportException e) {
                System.getLogger(EventRecorder.class.getName())
                        .log(
                                System.Logger.Level.DEBUG,
                                () -> "event about " + next.subject().name() + " is lost",
                                e);
            }
        }
    }

    private void write(Occurrence occurrence) {
        Instant now = clock.instant();
        Occurrence key = occurrence.withoutVersion();
        Recorded known;
        synchronized (this) {
            known = recorded.get(key);
        }
        Recorded next = known == null ? null : countUp(known, now);
        if (next == null) {
            next = create(occurrence, now);
        }
        synchronized (this) {
            recorded.put(key, next);
        }
    }

    /// Null when the earlier Event is gone: they do not last.
    private @Nullable Recorded countUp(Recorded known, Instant now) {
        try {
            client.patch(
                    ResourceType.EVENT,
                    known.name(),
                    ApiRequest.MERGE_PATCH,
                    JsonObject.of(
                            "count",
                            Json.of(known.count() + 1),
                            "lastTimestamp",
                            Json.of(seconds(now))));
            return new Recorded(known.name(), known.count() + 1);
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return null;
            }
            throw e;
        }
    }

    private Recorded create(Occurrence occurrence, Instant now) {
        EventSubject subject = occurrence.subject();
        // What happens to objects outside of namespaces is told in the namespace `default`.
        String namespace = subject.namespace().isEmpty() ? "default" : subject.namespace();
        String name = subject.name() + "." + Long.toHexString(nextName(now));
        JsonObject source =
                JsonObject.builder()
                        .put("component", component)
                        .putUnlessEmpty("host", host)
                        .build();
        client.create(
                ResourceType.EVENT,
                JsonObject.builder()
                        .put("apiVersion", "v1")
                        .put("kind", "Event")
                        .put(
                                "metadata",
                                JsonObject.of(
                                        "name", Json.of(name), "namespace", Json.of(namespace)))
                        .put("involvedObject", subject.reference())
                        .put("reason", occurrence.reason())
                        .put("message", occurrence.message())
                        .put("source", source)
                        .put("firstTimestamp", seconds(now))
                        .put("lastTimestamp", seconds(now))
                        .put("count", 1)
                        .put("type", occurrence.severity().word)
                        .put("eventTime", JsonNull.NULL)
                        .put("reportingComponent", component)
                        .put("reportingInstance", host)
                        .build());
        return new Recorded(new ObjectName(namespace, name), 1);
    }

    // Two Events of one moment need two names.
    private synchronized long nextName(Instant now) {
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        lastName = Math.max(nanos, lastName + 1);
        return lastName;
    }

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
