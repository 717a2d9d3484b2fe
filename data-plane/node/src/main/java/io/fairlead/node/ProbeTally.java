package io.fairlead.node;

/// Counts what a probe finds until it means something. Immutable.
///
/// @param isHealthy what the probe means so far
/// @param streak how often in a row it found the same
record ProbeTally(ProbeSpec spec, boolean isHealthy, boolean lastSucceeded, int streak) {
    /// Before the first probe. Liveness is assumed, readiness and startup are not.
    static ProbeTally before(ProbeSpec spec) {
        boolean assumed = spec.kind() == ContainerSpec.ProbeKind.LIVENESS;
        return new ProbeTally(spec, assumed, assumed, 0);
    }

    /// What holds for a container that was met again after a restart of this program.
    ProbeTally assuming(boolean healthy) {
        return new ProbeTally(spec, healthy, healthy, 0);
    }

    ProbeTally after(ProbeOutcome outcome) {
        boolean succeeded = outcome.isSuccess();
        int now = succeeded == lastSucceeded ? streak + 1 : 1;
        int needed = succeeded ? spec.successThreshold() : spec.failureThreshold();
        return new ProbeTally(spec, now >= needed ? succeeded : isHealthy, succeeded, now);
    }

    /// Whether the container must be ended for it: failures have just reached the threshold.
    boolean isFatal() {
        return spec.kind() != ContainerSpec.ProbeKind.READINESS
                && !lastSucceeded
                && streak >= spec.failureThreshold();
    }
}
