package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Job;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Deletes Jobs some time after their end, where they say so, with their pods. Keys are Jobs.
public final class TtlAfterFinishedController implements Controller {
    private final InstantSource clock;

    public TtlAfterFinishedController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "ttl-after-finished-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.JOB);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return List.of(new Key(ResourceType.JOB, change.name()));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Job> job = index.find(key, Job::new);
        Optional<Instant> end =
                job.flatMap(Job::end)
                        .flatMap(ended -> new GenericObject(ended).time("lastTransitionTime"));
        if (end.isEmpty()
                || job.get().isBeingDeleted()
                || job.get().ttlSecondsAfterFinished().isEmpty()) {
            return Plan.NOTHING;
        }
        Instant due = end.get().plusSeconds(job.get().ttlSecondsAfterFinished().getAsInt());
        Instant now = clock.instant();
        if (due.isAfter(now)) {
            return Plan.NOTHING.again(Duration.between(now, due).plusMillis(1));
        }
        return Plan.of(
                new Write.Delete(
                        ResourceType.JOB,
                        key.name(),
                        Deletion.of(job.get()).with(Deletion.Propagation.FOREGROUND),
                        Optional.empty()));
    }
}
