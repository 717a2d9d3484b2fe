package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The next step of one Job. Made for one look at the cluster, used by one thread, and thrown away.
///
/// A job ends in two steps: a condition says that it will (`SuccessCriteriaMet`, `FailureTarget`) and its pods are ended; when the last one has, another
/// one says that it has (`Complete`, `Failed`).
final class JobRun {
    private static final int CREATIONS_MAX = 500;
    private static final Duration BACKOFF_MIN = Duration.ofSeconds(10);
    private static final Duration BACKOFF_MAX = Duration.ofMinutes(10);

    private final Job job;
    private final OwnedPods owned;
    private final List<JobPod> pods;
    private final List<JobPod> active;
    private final int terminating;
    private final Instant now;
    private final JobCounts counts;
    private final List<Write> writes = new ArrayList<>();
    private List<JsonObject> conditions;
    private Optional<Duration> again = Optional.empty();

    JobRun(Job job, OwnedPods owned, List<Pod> pods, Instant now) {
        this.job = job;
        this.owned = owned;
        this.now = now;
        this.pods = pods.stream().map(pod -> new JobPod(job, pod)).toList();
        this.active = this.pods.stream().filter(JobPod::isActive).toList();
        this.terminating = (int) this.pods.stream().filter(JobPod::isTerminating).count();
        this.conditions = Conditions.of(job.tree());
        this.counts =
                JobCounts.of(
                        job,
                        this.pods,
                        job.isBeingDeleted()
                                || job.end().isPresent()
                                || job.trueCondition("FailureTarget").isPresent());
    }

    Plan plan() {
        if (job.end().isPresent() || job.isBeingDeleted()) {
            pods.forEach(pod -> pod.release().ifPresent(writes::add));
            return Plan.of(writes);
        }
        boolean ends = isEnding();
        int running = active.size();
        if (ends) {
            active.forEach(pod -> writes.add(owned.delete(pod.pod())));
            // They are on their way out now.
        } else if (job.isSuspended()) {
            suspend();
            running = 0;
        } else {
            resume();
            running = steer();
        }
        JsonObject.Builder status = JsonObject.builder();
        if (!job.isSuspended()) {
            status.put("startTime", startTime().toString());
        }
        boolean over = ends && running == 0 && terminating == 0 && counts.releases().isEmpty();
        if (over && counts.status().object("uncountedTerminatedPods").isEmpty()) {
            end(status);
        }
        ReplicaSetController.putUnlessZero(status, "active", running);
        status.put("ready", active.stream().filter(pod -> pod.pod().isReady()).count());
        status.put("terminating", terminating);
        counts.status().forEach(status::put);
        status.putUnlessEmpty("conditions", Conditions.tree(conditions));
        List<Write> all = new ArrayList<>();
        Write.status(ResourceType.JOB, job, status.build()).ifPresent(all::add);
        // After the status: a pod that is gone and was never named would be lost.
        all.addAll(counts.releases());
        all.addAll(writes);
        return new Plan(all, again);
    }

    /// Whether the job is to end, which a condition then says.
    private boolean isEnding() {
        if (job.trueCondition("FailureTarget").isPresent()
                || job.trueCondition("SuccessCriteriaMet").isPresent()) {
            return true;
        }
        Optional<JsonObject> failure = failure();
        if (failure.isPresent()) {
            conditions = Conditions.with(conditions, failure.get());
            return true;
        }
        Optional<JsonObject> success = success();
        success.ifPresent(met -> conditions = Conditions.with(conditions, met));
        return success.isPresent();
    }

    private Optional<JsonObject> failure() {
        for (JobPod pod : pods) {
            if (pod.isTracked() && pod.isFailed()) {
                PodFailurePolicy.Verdict verdict = PodFailurePolicy.of(job, pod.pod());
                if (verdict.action() == PodFailurePolicy.Action.FAIL_JOB) {
                    return failed("PodFailurePolicy", verdict.message());
                }
            }
        }
        if (isBeyondBackoffLimit()) {
            return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if (job.activeDeadlineSeconds().isPresent() && !job.isSuspended()) {
            Instant deadline = startTime().plusSeconds(job.activeDeadlineSeconds().getAsInt());
            if (!deadline.isAfter(now)) {
                return failed("DeadlineExceeded", "Job was active longer than specified deadline");
            }
            soon(Duration.between(now, deadline));
        }
        if (job.maxFailedIndexes().isPresent()
                && counts.failedIndexes().size() > job.maxFailedIndexes().getAsInt()) {
            return failed(
                    "MaxFailedIndexesExceeded",
                    "Job has exceeded the specified maximal number of failed indexes");
        }
        boolean allTried =
                !counts.failedIndexes().isEmpty()
                        && counts.failedIndexes().size() + counts.completedIndexes().size()
                                >= job.completions().orElse(0);
        return allTried ? failed("FailedIndexes", "Job has failed indexes") : Optional.empty();
    }

    private boolean isBeyondBackoffLimit() {
        if (job.backoffLimitPerIndex().isPresent()) {
            return job.tree().has("spec", "backoffLimit") && counts.failed() > job.backoffLimit();
        }
        if (counts.failed() > job.backoffLimit()) {
            return true;
        }
        if (!job.restartsContainers()) {
            return false;
        }
        long restarts = 0;
        for (JobPod pod : active) {
            for (String list : new String[] {"initContainerStatuses", "containerStatuses"}) {
                for (Json status : pod.pod().tree().list("status", list)) {
                    restarts += status.number(0, "restartCount");
                }
            }
        }
        return job.backoffLimit() == 0 ? restarts > 0 : restarts >= job.backoffLimit();
    }

    private Optional<JsonObject> failed(String reason, String message) {
        return Optional.of(condition("FailureTarget", "True", reason, message));
    }

    private Optional<JsonObject> success() {
        List<Json> rules = job.tree().list("spec", "successPolicy", "rules");
        for (int i = 0; i < rules.size(); i++) {
            if (isMet(rules.get(i))) {
                return Optional.of(
                        condition(
                                "SuccessCriteriaMet",
                                "True",
                                "SuccessPolicy",
                                "Matched rules at index " + i));
            }
        }
        boolean reached =
                job.completions().isPresent()
                        ? counts.succeeded() >= job.completions().getAsInt()
                        : counts.succeeded() > 0 && active.isEmpty();
        boolean done = reached && active.isEmpty() && counts.failedIndexes().isEmpty();
        return done
                ? Optional.of(
                        condition(
                                "SuccessCriteriaMet",
                                "True",
                                "CompletionsReached",
                                "Reached expected number of succeeded pods"))
                : Optional.empty();
    }

    private boolean isMet(Json rule) {
        int completions = job.completions().orElse(0);
        SortedSet<Integer> counted = new TreeSet<>(counts.completedIndexes());
        int needed = (int) rule.number(completions, "succeededCount");
        if (rule.has("succeededIndexes")) {
            SortedSet<Integer> listed =
                    IndexRanges.parse(rule.text("succeededIndexes"), completions);
            counted.retainAll(listed);
            needed = (int) rule.number(listed.size(), "succeededCount");
        }
        return counted.size() >= needed;
    }

    private void end(JsonObject.Builder status) {
        Optional<JsonObject> failure = Conditions.find(conditions, "FailureTarget");
        if (failure.isPresent()) {
            String reason = failure.get().text("reason");
            String message = failure.get().text("message");
            conditions = Conditions.with(conditions, condition("Failed", "True", reason, message));
            writes.add(Write.warn(subject(), reason, message));
        } else {
            JsonObject met = Conditions.find(conditions, "SuccessCriteriaMet").orElseThrow();
            conditions =
                    Conditions.with(
                            conditions,
                            condition("Complete", "True", met.text("reason"), met.text("message")));
            status.put("completionTime", Conditions.seconds(now));
            writes.add(Write.tell(subject(), "Completed", "Job completed"));
        }
    }

    /// Ends pods that are to count neither as succeeded nor as failed.
    private void dismiss(List<JobPod> some) {
        for (JobPod pod : some) {
            pod.release().ifPresent(writes::add);
            writes.add(owned.delete(pod.pod()));
        }
    }

    private void suspend() {
        dismiss(active);
        if (job.trueCondition("Suspended").isEmpty()) {
            conditions =
                    Conditions.with(
                            conditions,
                            condition("Suspended", "True", "JobSuspended", "Job suspended"));
            writes.add(Write.tell(subject(), "Suspended", "Job suspended"));
        }
    }

    private void resume() {
        if (job.trueCondition("Suspended").isPresent()) {
            conditions =
                    Conditions.with(
                            conditions,
                            condition("Suspended", "False", "JobResumed", "Job resumed"));
            writes.add(Write.tell(subject(), "Resumed", "Job resumed"));
        }
    }

    /// Starts or ends pods. Returns how many run then.
    private int steer() {
        int wanted = job.parallelism();
        if (job.completions().isPresent()) {
            int left = job.completions().getAsInt() - counts.succeeded();
            wanted = Math.max(0, Math.min(wanted, left - counts.failedIndexes().size()));
        } else if (counts.succeeded() > 0) {
            wanted = Math.min(wanted, active.size());
        }
        if (active.size() > wanted) {
            List<JobPod> order = new ArrayList<>(active);
            List<Pod> all = active.stream().map(JobPod::pod).toList();
            order.sort(Comparator.comparing(JobPod::pod, DeletionOrder.of(all, now)));
            dismiss(order.subList(0, active.size() - wanted));
            return wanted;
        }
        int missing = wanted - active.size() - (job.replacesFailedOnly() ? terminating : 0);
        if (missing <= 0) {
            return active.size();
        }
        Duration wait = job.backoffLimitPerIndex().isPresent() ? Duration.ZERO : backoff(pods);
        if (!wait.isZero()) {
            soon(wait);
            return active.size();
        }
        List<Write> creations = creations(Math.min(missing, CREATIONS_MAX));
        if (!creations.isEmpty()) {
            writes.add(new Write.Together(creations));
        }
        return active.size() + creations.size();
    }

    private List<Write> creations(int missing) {
        List<Write> creations = new ArrayList<>();
        if (!job.isIndexed()) {
            for (int i = 0; i < missing; i++) {
                creations.add(owned.create(JobPods.plain(job, owned)));
            }
            return creations;
        }
        SortedSet<Integer> taken = new TreeSet<>(counts.completedIndexes());
        taken.addAll(counts.failedIndexes());
        Map<Integer, List<JobPod>> failures = new HashMap<>();
        for (JobPod pod : pods) {
            if (pod.isActive() || (job.replacesFailedOnly() && pod.isTerminating())) {
                taken.add(pod.index());
            }
            if (pod.isFailed()) {
                failures.computeIfAbsent(pod.index(), _ -> new ArrayList<>()).add(pod);
            }
        }
        int end = job.completions().orElse(0);
        for (int index = 0; index < end && creations.size() < missing; index++) {
            if (taken.contains(index)) {
                continue;
            }
            List<JobPod> tries = failures.getOrDefault(index, List.of());
            Duration wait = job.backoffLimitPerIndex().isPresent() ? backoff(tries) : Duration.ZERO;
            if (wait.isZero()) {
                creations.add(owned.create(JobPods.indexed(job, owned, index, tries)));
            } else {
                soon(wait);
            }
        }
        return creations;
    }

    /// How long to wait after the failures since the last success: twice as long after each.
    private Duration backoff(List<JobPod> candidates) {
        List<JobPod> ended =
                candidates.stream()
                        .filter(pod -> pod.isSucceeded() || pod.pod().phase().equals("Failed"))
                        .sorted(Comparator.comparing(JobPod::finishTime).reversed())
                        .toList();
        int failures = 0;
        while (failures < ended.size() && !ended.get(failures).isSucceeded()) {
            failures++;
        }
        if (failures == 0) {
            return Duration.ZERO;
        }
        Duration delay = BACKOFF_MIN.multipliedBy(1L << Math.min(failures - 1, 10));
        Instant next =
                ended.getFirst()
                        .finishTime()
                        .plus(delay.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : delay);
        return next.isAfter(now) ? Duration.between(now, next) : Duration.ZERO;
    }

    private void soon(Duration wait) {
        if (again.isEmpty() || wait.compareTo(again.get()) < 0) {
            again = Optional.of(wait.plusMillis(1));
        }
    }

    private Instant startTime() {
        boolean fresh = job.trueCondition("Suspended").isPresent();
        return job.time("status", "startTime")
                .filter(_ -> !fresh)
                .orElse(Instant.parse(Conditions.seconds(now)));
    }

    private JsonObject condition(String type, String status, String reason, String message) {
        return JsonObject.builder()
                .put("type", type)
                .put("status", status)
                .put("lastProbeTime", Conditions.seconds(now))
                .put("lastTransitionTime", Conditions.seconds(now))
                .put("reason", reason)
                .put("message", message)
                .build();
    }

    private EventSubject subject() {
        return EventSubject.of(ResourceType.JOB, job);
    }
}
