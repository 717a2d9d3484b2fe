package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes Jobs when they are due. Keys are CronJobs.
///
/// Its memory is in the Jobs: each carries the time it was made for, from which the status follows.
public final class CronJobController implements Controller {
    private static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    private final InstantSource clock;

    public CronJobController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "cronjob-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.CRON_JOB, ResourceType.JOB);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.CRON_JOB)) {
            return List.of(new Key(ResourceType.CRON_JOB, change.name()));
        }
        return change.after().or(change::before).map(Job::new).stream()
                .flatMap(job -> job.controllerReference().stream())
                .flatMap(owner -> index.withUid(owner.text("uid")).stream())
                .filter(owner -> owner.type().equals(ResourceType.CRON_JOB))
                .toList();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<GenericObject> found = index.find(key, GenericObject::new);
        return found.isEmpty()
                ? Plan.NOTHING
                : new Turn(found.get(), index, clock.instant()).plan();
    }

    /// One look at one CronJob.
    private static final class Turn {
        private final GenericObject cron;
        private final ClusterIndex index;
        private final Instant now;
        private final List<Job> jobs = new ArrayList<>();
        private final List<Write> writes = new ArrayList<>();
        private Optional<Duration> again = Optional.empty();

        Turn(GenericObject cron, ClusterIndex index, Instant now) {
            this.cron = cron;
            this.index = index;
            this.now = now;
            for (Key owned : index.ownedBy(cron.uid())) {
                if (owned.type().equals(ResourceType.JOB)) {
                    index.find(owned, Job::new).ifPresent(jobs::add);
                }
            }
            jobs.sort(Comparator.comparing(Turn::startTime).thenComparing(Job::name));
        }

        private static Instant startTime(Job job) {
            return job.time("status", "startTime").or(job::creationTime).orElse(Instant.EPOCH);
        }

        Plan plan() {
            updateStatus();
            cleanUp("Complete", "successfulJobsHistoryLimit", 3);
            cleanUp("Failed", "failedJobsHistoryLimit", 1);
            if (!cron.isBeingDeleted() && !cron.tree().flag("spec", "suspend")) {
                schedule();
            }
            return new Plan(writes, again);
        }

        private List<Job> active() {
            return jobs.stream().filter(job -> job.end().isEmpty()).toList();
        }

        private Optional<Instant> lastScheduled() {
            return jobs.stream()
                    .flatMap(job -> job.time("metadata", "annotations", SCHEDULED).stream())
                    .max(Instant::compareTo)
                    .filter(made ->
                            cron.time("status", "lastScheduleTime")
                                    .filter(known -> !known.isBefore(made))
                                    .isEmpty())
                    .or(() -> cron.time("status", "lastScheduleTime"));
        }

        private void updateStatus() {
            List<Json> before = cron.tree().list("status", "active");
            for (Json reference : before) {
                Optional<Job> job =
                        jobs.stream()
                                .filter(one -> one.uid().equals(reference.text("uid")))
                                .findFirst();
                if (job.isEmpty()) {
                    tell("MissingJob", "Active job went missing: " + reference.text("name"));
                } else {
                    job.get()
                            .end()
                            .ifPresent(end ->
                                    tell(
                                            "SawCompletedJob",
                                            "Saw completed job: %s, condition: %s"
                                                    .formatted(
                                                            reference.text("name"),
                                                            end.text("type"))));
                }
            }
            Optional<String> success =
                    jobs.stream()
                            .filter(job -> job.trueCondition("Complete").isPresent())
                            .map(job -> job.tree().text("status", "completionTime"))
                            .filter(time -> !time.isEmpty())
                            .max(Comparator.naturalOrder());
            String known = cron.tree().text("status", "lastSuccessfulTime");
            String latest = success.filter(time -> time.compareTo(known) > 0).orElse(known);
            JsonObject status =
                    JsonObject.builder()
                            .putUnlessEmpty("active", JsonArray.from(active(), this::reference))
                            .putUnlessEmpty(
                                    "lastScheduleTime",
                                    lastScheduled().map(Instant::toString).orElse(""))
                            .putUnlessEmpty("lastSuccessfulTime", latest)
                            .build();
            Write.status(ResourceType.CRON_JOB, cron, status).ifPresent(writes::add);
        }

        private JsonObject reference(Job job) {
            // The version by which it became known stays, else every change of it would be written.
            String version =
                    cron.tree().list("status", "active").stream()
                            .filter(known -> known.text("uid").equals(job.uid()))
                            .map(known -> known.text("resourceVersion"))
                            .findFirst()
                            .orElse(job.tree().text("metadata", "resourceVersion"));
            return JsonObject.builder()
                    .put("kind", "Job")
                    .put("namespace", job.namespace())
                    .put("name", job.name())
                    .put("uid", job.uid())
                    .put("apiVersion", "batch/v1")
                    .put("resourceVersion", version)
                    .build();
        }

        private void cleanUp(String end, String limit, int fallback) {
            List<Job> ended =
                    jobs.stream()
                            .filter(job -> job.trueCondition(end).isPresent())
                            .filter(job -> !job.isBeingDeleted())
                            .toList();
            int surplus = ended.size() - (int) cron.tree().number(fallback, "spec", limit);
            ended.subList(0, Math.max(0, Math.min(surplus, ended.size()))).forEach(this::delete);
        }

        private void delete(Job job) {
            writes.add(
                    new Write.Delete(
                            ResourceType.JOB,
                            job.objectName(),
                            Deletion.of(job).with(Deletion.Propagation.BACKGROUND),
                            Optional.of(
                                    new Write.Announcement(
                                            subject(),
                                            "SuccessfulDelete",
                                            "Deleted job {}",
                                            "FailedDelete",
                                            "Deleted job: "))));
        }

        private void schedule() {
            CronSchedule schedule;
            try {
                schedule =
                        CronSchedule.parse(
                                cron.tree().text("spec", "schedule"),
                                cron.tree().text("spec", "timeZone"));
            } catch (IllegalArgumentException e) {
                warn(
                        "UnparseableSchedule",
                        "unparseable schedule %s: %s"
                                .formatted(cron.tree().text("spec", "schedule"), e.getMessage()));
                return;
            }
            schedule.after(now)
                    .ifPresent(next ->
                            again = Optional.of(Duration.between(now, next).plusMillis(100)));
            Optional<Json> deadline = cron.tree().find("spec", "startingDeadlineSeconds");
            Instant from = lastScheduled().or(cron::creationTime).orElse(now);
            Optional<Instant> due = schedule.latest(from, now);
            if (due.isEmpty()) {
                return;
            }
            if (deadline.isPresent()) {
                long seconds = cron.tree().number(0, "spec", "startingDeadlineSeconds");
                if (due.get().plusSeconds(seconds).isBefore(now)) {
                    warn(
                            "MissSchedule",
                            "Missed scheduled time to start a job: "
                                    + DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                            due.get().atZone(ZoneId.of("UTC"))));
                    return;
                }
            }
            start(due.get());
        }

        private void start(Instant due) {
            String policy = cron.tree().text("spec", "concurrencyPolicy");
            if (policy.equals("Forbid") && !active().isEmpty()) {
                tell(
                        "JobAlreadyActive",
                        "Not starting job because prior execution is running and concurrency"
                                + " policy is Forbid");
                return;
            }
            if (policy.equals("Replace")) {
                active().stream().filter(job -> !job.isBeingDeleted()).forEach(this::delete);
            }
            // The time is part of the name, so that no time gets two jobs.
            ObjectName name =
                    new ObjectName(cron.namespace(), cron.name() + "-" + due.getEpochSecond() / 60);
            if (index.find(new Key(ResourceType.JOB, name)).isPresent()) {
                return;
            }
            JsonObject template = cron.tree().object("spec", "jobTemplate");
            String zone = cron.tree().text("spec", "timeZone");
            String time =
                    DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                            due.atZone(ZoneId.of(zone.isEmpty() ? "UTC" : zone)));
            JsonObject metadata =
                    JsonObject.builder()
                            .put("name", name.name())
                            .put("namespace", name.namespace())
                            .putUnlessEmpty("labels", template.object("metadata", "labels"))
                            .put(
                                    "annotations",
                                    template.object("metadata", "annotations")
                                            .with(SCHEDULED, time))
                            .put(
                                    "ownerReferences",
                                    JsonArray.of(Ownership.reference(ResourceType.CRON_JOB, cron)))
                            .build();
            JsonObject job =
                    JsonObject.builder()
                            .put("apiVersion", "batch/v1")
                            .put("kind", "Job")
                            .put("metadata", metadata)
                            .put("spec", template.object("spec"))
                            .build();
            writes.add(
                    new Write.Create(
                            ResourceType.JOB,
                            job,
                            Optional.of(
                                    new Write.Announcement(
                                            subject(),
                                            "SuccessfulCreate",
                                            "Created job {}",
                                            "FailedCreate",
                                            "Error creating job: "))));
        }

        private EventSubject subject() {
            return EventSubject.of(ResourceType.CRON_JOB, cron);
        }

        private void tell(String reason, String message) {
            writes.add(Write.tell(subject(), reason, message));
        }

        private void warn(String reason, String message) {
            writes.add(Write.warn(subject(), reason, message));
        }
    }
}
