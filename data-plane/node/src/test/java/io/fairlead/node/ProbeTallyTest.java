package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import org.junit.jupiter.api.Test;

class ProbeTallyTest {
    private static final ProbeOutcome FAILURE = ProbeOutcome.failure("no");

    private static ProbeTally tally(ContainerSpec.ProbeKind kind, int successes, int failures) {
        return ProbeTally.before(
                new ProbeSpec(
                        kind,
                        JsonObject.of(
                                "successThreshold",
                                Json.of(successes),
                                "failureThreshold",
                                Json.of(failures))));
    }

    @Test
    void readinessBeginsUnreadyAndNeedsItsSuccessesInARow() {
        ProbeTally tally = tally(ContainerSpec.ProbeKind.READINESS, 2, 1);
        assertThat(tally.isHealthy()).isFalse();
        tally = tally.after(ProbeOutcome.SUCCESS).after(FAILURE).after(ProbeOutcome.SUCCESS);
        assertThat(tally.isHealthy()).isFalse();
        assertThat(tally.after(ProbeOutcome.SUCCESS).isHealthy()).isTrue();
    }

    @Test
    void readinessNeverEndsAContainer() {
        ProbeTally tally = tally(ContainerSpec.ProbeKind.READINESS, 1, 1).after(FAILURE);
        assertThat(tally.isHealthy()).isFalse();
        assertThat(tally.isFatal()).isFalse();
    }

    @Test
    void livenessEndsItAfterItsFailuresInARow() {
        ProbeTally tally = tally(ContainerSpec.ProbeKind.LIVENESS, 1, 2);
        assertThat(tally.isHealthy()).isTrue();
        tally = tally.after(FAILURE);
        assertThat(tally.isFatal()).isFalse();
        assertThat(tally.after(ProbeOutcome.SUCCESS).after(FAILURE).isFatal()).isFalse();
        assertThat(tally.after(FAILURE).isFatal()).isTrue();
    }
}
