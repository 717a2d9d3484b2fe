package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.Pod;
import java.util.List;
import java.util.Optional;

/// What a job's rules say about a pod that failed.
final class PodFailurePolicy {
    private PodFailurePolicy() {}

    /// What is to be done about a failed pod.
    enum Action {
        /// The whole job fails.
        FAIL_JOB,
        /// Its index fails, without further tries.
        FAIL_INDEX,
        /// It does not count towards the limit.
        IGNORE,
        /// It counts, as it does without rules.
        COUNT
    }

    /// @param message why, where a rule says that the job fails
    record Verdict(Action action, String message) {}

    /// The first rule that matches decides.
    static Verdict of(Job job, Pod pod) {
        List<Json> rules = job.tree().list("spec", "podFailurePolicy", "rules");
        for (int i = 0; i < rules.size(); i++) {
            Json rule = rules.get(i);
            Optional<String> match =
                    rule.has("onExitCodes") ? exitCode(rule, pod) : condition(rule, pod);
            if (match.isPresent()) {
                Action action =
                        switch (rule.text("action")) {
                            case "FailJob" -> Action.FAIL_JOB;
                            case "FailIndex" -> Action.FAIL_INDEX;
                            case "Ignore" -> Action.IGNORE;
                            default -> Action.COUNT;
                        };
                return new Verdict(
                        action,
                        "%s matching %s rule at index %d"
                                .formatted(match.get(), rule.text("action"), i));
            }
        }
        return new Verdict(Action.COUNT, "");
    }

    private static Optional<String> exitCode(Json rule, Pod pod) {
        String wanted = rule.text("onExitCodes", "containerName");
        List<Json> values = rule.list("onExitCodes", "values");
        boolean in = rule.text("onExitCodes", "operator").equals("In");
        for (String list : new String[] {"containerStatuses", "initContainerStatuses"}) {
            for (Json status : pod.tree().list("status", list)) {
                long code = status.number(0, "state", "terminated", "exitCode");
                boolean matches =
                        (wanted.isEmpty() || wanted.equals(status.text("name")))
                                && code != 0
                                && values.contains(Json.of(code)) == in;
                if (matches) {
                    return Optional.of(
                            "Container %s for pod %s failed with exit code %d"
                                    .formatted(status.text("name"), pod.objectName(), code));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> condition(Json rule, Pod pod) {
        for (Json pattern : rule.list("onPodConditions")) {
            String status = pattern.text("status").isEmpty() ? "True" : pattern.text("status");
            boolean matches =
                    pod.condition(pattern.text("type"))
                            .filter(condition -> condition.text("status").equals(status))
                            .isPresent();
            if (matches) {
                return Optional.of(
                        "Pod %s has condition %s"
                                .formatted(pod.objectName(), pattern.text("type")));
            }
        }
        return Optional.empty();
    }
}
