package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ProgrammedCondition;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.KubeClient;
import io.fairlead.client.TransportException;
import io.fairlead.client.Watched;
import io.fairlead.cluster.Arrivals.Answer;
import io.fairlead.cluster.Arrivals.Outcome;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Turns [ProgrammedCondition] True when every node's proxy and every DNS server hold a Service that asks for it, and says who is behind until then.
/// The API server takes it back when the Service changes, so what is written here carries the version of the Service that it speaks of.
///
/// Safe for use by many threads.
final class ProgrammedReporter implements ClusterConsumer, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ProgrammedReporter.class.getName());

    /// After this long it is told who is behind.
    private static final Duration ROUND = Duration.ofSeconds(1);

    private static final Duration PAUSE = Duration.ofMillis(200);

    /// So many Services are asked for at a time: each question is a connection to each holder.
    private static final int ASKED_MAX = 16;

    private final KubeClient client;
    private final Arrivals arrivals;
    private final Execution execution;
    private final ClusterWatcher watcher;
    private final Semaphore turns = new Semaphore(ASKED_MAX);
    private final Object lock = new Object();

    /// Services that want the condition and do not have it True.
    private final Map<ObjectName, JsonObject> waiting = new HashMap<>();

    /// Those of which somebody is asking.
    private final Set<ObjectName> asked = new HashSet<>();

    private volatile boolean isClosed;

    /// @param client may read Services, nodes and pods, and write the status of Services
    /// @param arrivals is closed with this
    ProgrammedReporter(KubeClient client, Arrivals arrivals, Execution execution) {
        this.client = client;
        this.arrivals = arrivals;
        this.execution = execution;
        watcher =
                new ClusterWatcher(
                        client.transport(),
                        List.of(Watched.all(ResourceType.SERVICE)),
                        execution.tasks(),
                        execution.timer());
    }

    void start() {
        watcher.subscribe(execution.tasks(), this);
        watcher.start();
    }

    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        synchronized (lock) {
            delta.changes()
                    .forEach(change ->
                            change.after()
                                    .filter(ProgrammedCondition::isWanted)
                                    .filter(it -> !ProgrammedCondition.isTrue(it))
                                    .ifPresentOrElse(
                                            it -> waiting.put(change.name(), it),
                                            () -> waiting.remove(change.name())));
            waiting.keySet().stream().filter(asked::add).forEach(this::begin);
        }
    }

    private void begin(ObjectName name) {
        execution.tasks().execute(() -> ask(name));
    }

    /// One round, and another one as long as the Service waits.
    private void ask(ObjectName name) {
        turns.acquireUninterruptibly();
        JsonObject service = next(name);
        boolean isWritten = false;
        try {
            if (service == null) {
                return;
            }
            isWritten = tell(name, service, arrivals.ask(Arrivals.stateOf(service), ROUND));
        } catch (ApiException | TransportException | ClusterException e) {
            // Mostly that the Service changed meanwhile: then the watch brings the next one.
            LOG.log(Level.DEBUG, "{0} is not reported yet: {1}", name, e.getMessage());
        } finally {
            turns.release();
        }
        if (isWritten) {
            begin(name);
        } else {
            later(name);
        }
    }

    private @Nullable JsonObject next(ObjectName name) {
        synchronized (lock) {
            JsonObject service = isClosed ? null : waiting.get(name);
            if (service == null) {
                asked.remove(name);
            }
            return service;
        }
    }

    private void later(ObjectName name) {
        try {
            var _ =
                    execution
                            .timer()
                            .schedule(() -> begin(name), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            isClosed = true;
        }
    }

    /// @return whether the Service now says what was found
    private boolean tell(ObjectName name, JsonObject service, List<Answer> answers) {
        Instant now = execution.clock().instant();
        JsonObject told;
        if (answers.isEmpty()) {
            told =
                    ProgrammedCondition.behind(
                            service, "the cluster has no node with a proxy and no DNS server", now);
        } else if (answers.stream().allMatch(Answer::isArrived)) {
            told = ProgrammedCondition.arrived(service, now);
        } else {
            told = ProgrammedCondition.behind(service, missing(answers), now);
        }
        if (told.equals(service)) {
            return false;
        }
        JsonObject written = client.updateStatus(ResourceType.SERVICE, told);
        synchronized (lock) {
            // What the watch brought meanwhile is newer.
            if (ProgrammedCondition.isTrue(written)) {
                waiting.remove(name, service);
            } else {
                waiting.replace(name, service, written);
            }
        }
        return true;
    }

    private static String missing(List<Answer> answers) {
        return answers.stream()
                .filter(answer -> !answer.isArrived())
                .map(answer ->
                        answer.outcome() instanceof Outcome.Silent
                                ? "the %s does not answer".formatted(answer.holder())
                                : "the %s is behind".formatted(answer.holder()))
                .collect(Collectors.joining("; "));
    }

    @Override
    public void close() {
        isClosed = true;
        watcher.close();
        arrivals.close();
    }
}
