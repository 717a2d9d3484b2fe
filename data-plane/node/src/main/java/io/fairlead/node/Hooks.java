package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// Runs what a pod wants to happen after a container's start or before its end.
final class Hooks {
    private final NodeParts parts;

    Hooks(NodeParts parts) {
        this.parts = parts;
    }

    CompletableFuture<ProbeOutcome> run(
            JsonObject hook,
            ContainerSpec spec,
            RunningContainer container,
            Sandbox sandbox,
            Duration limit) {
        if (hook.has("sleep")) {
            Duration wanted = Duration.ofSeconds(hook.number(0, "sleep", "seconds"));
            CompletableFuture<ProbeOutcome> over = new CompletableFuture<>();
            Duration granted = wanted.compareTo(limit) < 0 ? wanted : limit;
            parts.after(granted, () -> over.complete(ProbeOutcome.SUCCESS));
            return over;
        }
        return parts.probes().check(hook, spec, container, sandbox.address(), limit);
    }
}
