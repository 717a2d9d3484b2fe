package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;

/// A Job selects its pods by its own uid, unless its author knows better.
final class JobStrategy implements Strategy {
    private static final String UID_LABEL = "batch.kubernetes.io/controller-uid";
    private static final String NAME_LABEL = "batch.kubernetes.io/job-name";

    // As the first version of this kind did it.
    @Override
    public boolean orphansUnlessTold() {
        return true;
    }

    @Override
    public void warnOfOrphans(Write write) {
        write.warn(
                "child pods are preserved by default when jobs are deleted; set"
                        + " propagationPolicy=Background to remove them or set"
                        + " propagationPolicy=Orphan to suppress this warning");
    }

    @Override
    public JsonObject onCreate(JsonObject job, Write write) {
        if (job.flag("spec", "manualSelector")) {
            return job;
        }
        String uid = job.text("metadata", "uid");
        String name = job.text("metadata", "name");
        JsonObject labels =
                job.object("spec", "template", "metadata", "labels")
                        .with("controller-uid", uid)
                        .with("job-name", name)
                        .with(UID_LABEL, uid)
                        .with(NAME_LABEL, name);
        return job.withAt(labels, "spec", "template", "metadata", "labels")
                .withAt(Json.of(uid), "spec", "selector", "matchLabels", UID_LABEL);
    }
}
