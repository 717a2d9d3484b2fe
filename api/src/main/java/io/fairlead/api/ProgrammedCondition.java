package io.fairlead.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Condition `fairlead.io/Programmed` of a Service: whether every node's proxy and every DNS server hold what the Service says now.
///
/// Only Services that ask for it carry it. A Service has no generation to tell what a status speaks of, so whatever changes the Service takes the
/// condition back in the same write, and True always speaks of the Service that carries it. Endpoints have no part in it.
public final class ProgrammedCondition {
    public static final String TYPE = "fairlead.io/Programmed";

    /// A Service with this annotation as `true` carries the condition.
    public static final String ANNOTATION = "fairlead.io/report-programmed";

    private ProgrammedCondition() {}

    public static boolean isWanted(JsonObject service) {
        return service.text("metadata", "annotations", ANNOTATION).equals("true");
    }

    /// The condition that a Service carries.
    public static Optional<Json> find(JsonObject service) {
        return service.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(TYPE))
                .findFirst();
    }

    public static boolean isTrue(JsonObject service) {
        return find(service).filter(it -> it.text("status").equals("True")).isPresent();
    }

    /// Whether two states of a Service say the same to proxies and DNS servers, as far as the condition speaks of it: the specification, and the load
    /// balancer's addresses.
    public static boolean isSame(JsonObject one, JsonObject other) {
        return one.object("spec").equals(other.object("spec"))
                && one.object("status", "loadBalancer")
                        .equals(other.object("status", "loadBalancer"));
    }

    /// The Service with the condition True.
    public static JsonObject arrived(JsonObject service, Instant now) {
        return with(
                service,
                "True",
                "Programmed",
                "every node's proxy and every DNS server hold this Service",
                now);
    }

    /// The Service with the condition False, because it just changed.
    public static JsonObject pending(JsonObject service, Instant now) {
        return with(
                service,
                "False",
                "Pending",
                "proxies and DNS servers have not said yet that they hold this Service",
                now);
    }

    /// The Service with the condition False.
    ///
    /// @param message who is behind
    public static JsonObject behind(JsonObject service, String message, Instant now) {
        return with(service, "False", "Behind", message, now);
    }

    /// The Service without the condition.
    public static JsonObject without(JsonObject service) {
        List<Json> others = others(service);
        return others.isEmpty()
                ? service.withoutAt("status", "conditions")
                : service.withAt(new JsonArray(others), "status", "conditions");
    }

    private static JsonObject with(
            JsonObject service, String status, String reason, String message, Instant now) {
        String since =
                find(service)
                        .filter(it -> it.text("status").equals(status))
                        .map(it -> it.text("lastTransitionTime"))
                        .filter(it -> !it.isEmpty())
                        .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
        List<Json> conditions = others(service);
        conditions.add(
                JsonObject.builder()
                        .put("type", TYPE)
                        .put("status", status)
                        .put("lastTransitionTime", since)
                        .put("reason", reason)
                        .put("message", message)
                        .build());
        return service.withAt(new JsonArray(conditions), "status", "conditions");
    }

    private static List<Json> others(JsonObject service) {
        List<Json> others = new ArrayList<>(service.list("status", "conditions"));
        others.removeIf(condition -> condition.text("type").equals(TYPE));
        return others;
    }
}
