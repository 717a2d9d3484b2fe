package io.fairlead.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Rows of kinds of several smaller groups.
final class OtherRows {
    private OtherRows() {}

    static boolean fill(TableRow row, ResourceType type) {
        JsonObject object = row.object();
        switch (type.kind()) {
            case "Lease" -> row.name().text(object.text("spec", "holderIdentity")).age();
            case "RoleBinding", "ClusterRoleBinding" -> binding(row);
            case "PodDisruptionBudget" ->
                    row.name()
                            .text(amount(object, "minAvailable"))
                            .text(amount(object, "maxUnavailable"))
                            .number(object.number(0, "status", "disruptionsAllowed"))
                            .age();
            case "PriorityClass" ->
                    row.name()
                            .number(object.number(0, "value"))
                            .flag(object.flag("globalDefault"))
                            .age()
                            .text(object.text("preemptionPolicy"));
            case "StorageClass" -> storageClass(row);
            case "HorizontalPodAutoscaler" -> autoscaler(row);
            case "APIService" -> apiService(row);
            case "CertificateSigningRequest" -> certificateRequest(row);
            case "FlowSchema" -> flowSchema(row);
            case "PriorityLevelConfiguration" -> priorityLevel(row);
            case "RuntimeClass" -> row.name().text(object.text("handler")).age();
            case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration" ->
                    row.name().number(object.list("webhooks").size()).age();
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void binding(TableRow row) {
        JsonObject binding = row.object();
        row.name()
                .text(binding.text("roleRef", "kind") + "/" + binding.text("roleRef", "name"))
                .age();
        for (String kind : List.of("User", "Group", "ServiceAccount")) {
            List<String> names = new ArrayList<>();
            for (Json subject : binding.list("subjects")) {
                if (subject.text("kind").equals(kind)) {
                    String name = subject.text("name");
                    names.add(
                            kind.equals("ServiceAccount")
                                    ? subject.text("namespace") + "/" + name
                                    : name);
                }
            }
            row.text(String.join(", ", names));
        }
    }

    private static void certificateRequest(TableRow row) {
        JsonObject request = row.object();
        JsonObject spec = request.object("spec");
        row.name()
                .age()
                .textOrNone(spec.text("signerName"))
                .text(spec.text("username"))
                .textOrNone(
                        spec.has("expirationSeconds")
                                ? AgeText.of(
                                        Duration.ofSeconds(spec.number(0, "expirationSeconds")))
                                : "")
                .text(settled(request));
    }

    private static String settled(JsonObject request) {
        String judgement = "Pending";
        String failure = "";
        for (Json condition : request.list("status", "conditions")) {
            switch (condition.text("type")) {
                case "Denied" -> judgement = "Denied";
                case "Approved" -> judgement = "Approved";
                case "Failed" -> failure = ",Failed";
                default -> {}
            }
        }
        boolean isIssued = !request.text("status", "certificate").isEmpty();
        return judgement + failure + (isIssued ? ",Issued" : "");
    }

    private static void flowSchema(TableRow row) {
        JsonObject spec = row.object().object("spec");
        String missing = "?";
        for (Json condition : row.object().list("status", "conditions")) {
            if (condition.text("type").equals("Dangling")) {
                missing = condition.text("status");
            }
        }
        row.name()
                .textOrNone(spec.text("priorityLevelConfiguration", "name"))
                .number(spec.number(0, "matchingPrecedence"))
                .textOrNone(spec.text("distinguisherMethod", "type"))
                .age()
                .text(missing);
    }

    private static void priorityLevel(TableRow row) {
        JsonObject spec = row.object().object("spec");
        JsonObject limits = spec.object(spec.text("type").equals("Exempt") ? "exempt" : "limited");
        JsonObject queuing = limits.object("limitResponse", "queuing");
        row.name().text(spec.text("type"));
        numberOrNone(row, limits, "nominalConcurrencyShares");
        for (String member : List.of("queues", "handSize", "queueLengthLimit")) {
            numberOrNone(row, queuing, member);
        }
        row.age();
    }

    private static void numberOrNone(TableRow row, JsonObject object, String member) {
        if (object.has(member)) {
            row.number(object.number(0, member));
        } else {
            row.textOrNone("");
        }
    }

    private static String amount(JsonObject budget, String name) {
        return switch (budget.object("spec").get(name)) {
            case JsonNumber number -> number.toString();
            case JsonString text -> text.value();
            case null, default -> "N/A";
        };
    }

    private static void storageClass(TableRow row) {
        JsonObject object = row.object();
        String name = object.text("metadata", "name");
        boolean isDefault =
                object.text(
                                "metadata",
                                "annotations",
                                "storageclass.kubernetes.io/is-default-class")
                        .equals("true");
        row.text(isDefault ? name + " (default)" : name)
                .text(object.text("provisioner"))
                .textOr(object.text("reclaimPolicy"), "Delete")
                .textOr(object.text("volumeBindingMode"), "Immediate")
                .flag(object.flag("allowVolumeExpansion"))
                .age();
    }

    private static void apiService(TableRow row) {
        JsonObject object = row.object();
        String service =
                object.has("spec", "service")
                        ? object.text("spec", "service", "namespace")
                                + "/"
                                + object.text("spec", "service", "name")
                        : "Local";
        String available = "Unknown";
        for (Json condition : object.list("status", "conditions")) {
            if (condition.text("type").equals("Available")) {
                String reason = condition.text("reason");
                available = condition.text("status");
                if (!available.equals("True") && !reason.isEmpty()) {
                    available += " (" + reason + ")";
                }
            }
        }
        row.name().text(service).text(available).age();
    }

    private static void autoscaler(TableRow row) {
        JsonObject object = row.object();
        List<String> targets = new ArrayList<>();
        List<Json> current = object.list("status", "currentMetrics");
        List<Json> metrics = object.list("spec", "metrics");
        for (int i = 0; i < metrics.size(); i++) {
            Json now = i < current.size() ? current.get(i) : JsonObject.EMPTY;
            targets.add(target(metrics.get(i), now));
        }
        if (object.has("spec", "targetCPUUtilizationPercentage")) {
            long wanted = object.number(0, "spec", "targetCPUUtilizationPercentage");
            targets.add(
                    "cpu: "
                            + percent(object, "currentCPUUtilizationPercentage")
                            + "/"
                            + wanted
                            + "%");
        }
        String shown = String.join(", ", targets.subList(0, Math.min(2, targets.size())));
        if (targets.size() > 2) {
            shown += " + " + (targets.size() - 2) + " more...";
        }
        row.name()
                .text(
                        object.text("spec", "scaleTargetRef", "kind")
                                + "/"
                                + object.text("spec", "scaleTargetRef", "name"))
                .text(shown.isEmpty() ? "<none>" : shown)
                .text(
                        object.has("spec", "minReplicas")
                                ? Long.toString(object.number(0, "spec", "minReplicas"))
                                : "<unset>")
                .number(object.number(0, "spec", "maxReplicas"))
                .number(object.number(0, "status", "currentReplicas"))
                .age();
    }

    private static String percent(JsonObject object, String name) {
        return object.has("status", name) ? object.number(0, "status", name) + "%" : "<unknown>";
    }

    private static String target(Json metric, Json current) {
        String type = metric.text("type");
        String member = Character.toLowerCase(type.charAt(0)) + type.substring(1);
        JsonObject wanted = metric.object(member, "target");
        JsonObject is = current.object(member, "current");
        String prefix = type.endsWith("esource") ? metric.text(member, "name") + ": " : "";
        if (wanted.has("averageUtilization")) {
            String now =
                    is.has("averageUtilization")
                            ? is.number(0, "averageUtilization") + "%"
                            : "<unknown>";
            return prefix + now + "/" + wanted.number(0, "averageUtilization") + "%";
        }
        boolean average = wanted.has("averageValue");
        String value = average ? "averageValue" : "value";
        String now = is.has(value) ? is.text(value) : "<unknown>";
        String suffix = average && !type.endsWith("esource") ? " (avg)" : "";
        return prefix + now + "/" + wanted.text(value) + suffix;
    }
}
