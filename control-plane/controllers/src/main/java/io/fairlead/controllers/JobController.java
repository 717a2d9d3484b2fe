package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Runs Jobs to their end. Keys are Jobs; what is to be done for one is [JobRun]'s business.
public final class JobController implements Controller {
    private final InstantSource clock;

    public JobController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "job-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.JOB, ResourceType.POD);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return change.type().equals(ResourceType.JOB)
                ? List.of(new Key(ResourceType.JOB, change.name()))
                : OwnedPods.keys(
                        change,
                        index,
                        ResourceType.JOB,
                        tree -> LabelSelector.of(tree.object("spec", "selector")));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Job> found = index.find(key, Job::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        Job job = found.get();
        String manager = job.tree().text("spec", "managedBy");
        if (!manager.isEmpty() && !manager.equals("kubernetes.io/job-controller")) {
            return Plan.NOTHING;
        }
        OwnedPods owned = new OwnedPods(ResourceType.JOB, job, job.selector());
        List<Write> claims = new ArrayList<>();
        List<Pod> pods = owned.claim(index, _ -> true, claims);
        return claims.isEmpty()
                ? new JobRun(job, owned, pods, clock.instant()).plan()
                : Plan.of(claims);
    }
}
