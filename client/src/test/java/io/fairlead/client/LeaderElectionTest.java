package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaderElectionTest {
    private static final ObjectName LEASE = new ObjectName("kube-system", "leader");

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final List<Runnable> rounds = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private boolean isServerAway;
    private @Nullable JsonObject stored;
    private long version;

    /// Rounds wait until the test runs them.
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(0) {
                @Override
                public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                    rounds.add(task);
                    return super.schedule(() -> {}, 1, TimeUnit.DAYS);
                }
            };

    private JsonObject serve(ApiRequest request) {
        if (isServerAway) {
            throw new TransportException("nobody answers", new java.io.IOException());
        }
        JsonObject current = stored;
        if (request.body().isEmpty()) {
            if (current == null) {
                throw new ApiException(Status.notFound(ResourceType.LEASE, LEASE.name()));
            }
            return current;
        }
        JsonObject wanted = (JsonObject) request.body().get();
        String expected = wanted.text("metadata", "resourceVersion");
        if (current != null && !expected.equals(current.text("metadata", "resourceVersion"))) {
            throw new ApiException(
                    Status.about(409, "Conflict", "it changed", ResourceType.LEASE, LEASE.name()));
        }
        version++;
        JsonObject next = wanted.withAt(Json.of("" + version), "metadata", "resourceVersion");
        stored = next;
        return next;
    }

    private LeaderElection candidate(String name) {
        ScriptedTransport transport = new ScriptedTransport();
        transport.answers = this::serve;
        LeaderElection election =
                new LeaderElection(
                        new KubeClient(transport),
                        LEASE,
                        name,
                        () -> now,
                        Runnable::run,
                        timer,
                        () -> told.add(name + " leads"),
                        () -> told.add(name + " follows"));
        election.start();
        return election;
    }

    private void pass(Duration time) {
        Instant end = now.plus(time);
        while (now.isBefore(end)) {
            now = now.plusSeconds(2);
            List<Runnable> due = List.copyOf(rounds);
            rounds.clear();
            due.forEach(Runnable::run);
        }
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void oneLeadsAndKeepsLeading() {
        LeaderElection a = candidate("a");
        LeaderElection b = candidate("b");
        pass(Duration.ofMinutes(2));
        assertThat(told).containsExactly("a leads");
        assertThat(a.isLeading()).isTrue();
        assertThat(b.isLeading()).isFalse();
    }

    @Test
    void theNextOneLeadsAtOnceAfterAnOrderlyEnd() {
        LeaderElection a = candidate("a");
        candidate("b");
        pass(Duration.ofSeconds(4));
        a.close();
        pass(Duration.ofSeconds(4));
        assertThat(told).containsExactly("a leads", "a follows", "b leads");
    }

    @Test
    void theNextOneLeadsWhenTheLeaseWasNotRenewedForItsTime() {
        candidate("a");
        pass(Duration.ofSeconds(4));
        rounds.clear();
        candidate("b");
        pass(Duration.ofSeconds(14));
        assertThat(told).containsExactly("a leads");
        pass(Duration.ofSeconds(6));
        assertThat(told).containsExactly("a leads", "b leads");
        assertThat(stored).isNotNull();
        if (stored != null) {
            assertThat(stored.number(0, "spec", "leaseTransitions")).isEqualTo(1);
            assertThat(stored.text("spec", "holderIdentity")).isEqualTo("b");
        }
    }

    @Test
    void stopsLeadingBeforeOthersMayBeginWhenTheServerIsAway() {
        candidate("a");
        pass(Duration.ofSeconds(4));
        isServerAway = true;
        pass(Duration.ofSeconds(14));
        assertThat(told).containsExactly("a leads", "a follows");
        isServerAway = false;
        pass(Duration.ofSeconds(4));
        assertThat(told).containsExactly("a leads", "a follows", "a leads");
    }
}
