package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Quantity;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Charges new and growing objects to their namespace's resource quotas, in the transaction that writes them, so that two writers together never exceed one.
/// What objects give back when they go is counted by [QuotaKeeper].
final class ResourceQuotas {
    static final ResourceType QUOTA =
            new ResourceType("", "v1", "resourcequotas", "ResourceQuota", Scope.NAMESPACED);

    private ResourceQuotas() {}

    /// @throws ApiException 403 when a quota would be exceeded
    static void charge(Optional<JsonObject> before, JsonObject after, Write write, Claims claims) {
        ResourceType type = write.resource().type();
        if (!type.isNamespaced() || (type.equals(QUOTA) && before.isPresent())) {
            return;
        }
        String prefix = StorageKeys.prefix(QUOTA, after.text("metadata", "namespace"));
        for (Stored<StoredObject> stored : claims.snapshot().list(prefix)) {
            charge(stored, before, after, write, claims);
        }
    }

    private static void charge(
            Stored<StoredObject> stored,
            Optional<JsonObject> before,
            JsonObject after,
            Write write,
            Claims claims) {
        JsonObject quota = stored.value().tree();
        ResourceType type = write.resource().type();
        if (!QuotaUsage.isCounted(quota, type, after)) {
            return;
        }
        Map<String, Quantity> more = new TreeMap<>(QuotaUsage.of(type, after));
        before.ifPresent(old ->
                QuotaUsage.of(type, old)
                        .forEach((name, amount) ->
                                more.merge(name, Quantity.ZERO.minus(amount), Quantity::plus)));
        Map<String, Quantity> limits = PodResources.quantities(quota.object("spec", "hard"));
        if (before.isEmpty() && type.equals(ResourceType.POD)) {
            requireStated(quota, limits, after, type);
        }
        more.keySet().retainAll(limits.keySet());
        more.values().removeIf(Quantity::isZero);
        if (more.isEmpty()) {
            return;
        }
        Map<String, Quantity> used = used(quota, limits, claims);
        Map<String, Quantity> now = new TreeMap<>(used);
        more.forEach((name, amount) -> now.merge(name, amount, Quantity::plus));
        List<String> exceeded =
                more.keySet().stream()
                        .filter(name ->
                                amount(more, name).sign() > 0
                                        && amount(now, name).compareTo(amount(limits, name)) > 0)
                        .toList();
        if (!exceeded.isEmpty()) {
            throw Refusal.of(
                    type,
                    after,
                    "exceeded quota: %s, requested: %s, used: %s, limited: %s"
                            .formatted(
                                    quota.text("metadata", "name"),
                                    shown(exceeded, more),
                                    shown(exceeded, used),
                                    shown(exceeded, limits)));
        }
        claims.take(stored.key(), withStatus(quota, now));
    }

    // A quota of computing resources wants every container to say what it needs.
    private static void requireStated(
            JsonObject quota, Map<String, Quantity> limits, JsonObject pod, ResourceType type) {
        List<String> missing = new ArrayList<>();
        for (String name : limits.keySet()) {
            boolean isLimit = name.startsWith("limits.");
            String plain = name.replaceFirst("^(limits|requests)\\.", "");
            if (!plain.equals("cpu") && !plain.equals("memory")) {
                continue;
            }
            String kind = isLimit ? "limits" : "requests";
            if (pod.has("spec", "resources", kind, plain)) {
                continue;
            }
            String containers =
                    PodResources.containers(pod.object("spec")).stream()
                            .filter(container -> !container.has("resources", kind, plain))
                            .map(container -> container.text("name"))
                            .sorted()
                            .collect(Collectors.joining(","));
            if (!containers.isEmpty()) {
                missing.add(name + " for: " + containers);
            }
        }
        if (!missing.isEmpty()) {
            throw Refusal.of(
                    type,
                    pod,
                    "failed quota: %s: must specify %s"
                            .formatted(quota.text("metadata", "name"), String.join("; ", missing)));
        }
    }

    /// What is used of a quota: as its status says, or counted where that does not say yet.
    private static Map<String, Quantity> used(
            JsonObject quota, Map<String, Quantity> limits, Claims claims) {
        Map<String, Quantity> told = PodResources.quantities(quota.object("status", "used"));
        told.keySet().retainAll(limits.keySet());
        if (told.keySet().containsAll(limits.keySet())) {
            return told;
        }
        return QuotaKeeper.count(quota, claims.snapshot());
    }

    static JsonObject withStatus(JsonObject quota, Map<String, Quantity> used) {
        JsonObject.Builder amounts = JsonObject.builder();
        used.forEach((name, amount) -> amounts.put(name, amount.toString()));
        return quota.with(
                "status",
                JsonObject.of("hard", quota.object("spec", "hard"), "used", amounts.build()));
    }

    static ObjectName name(JsonObject quota) {
        return new ObjectName(quota.text("metadata", "namespace"), quota.text("metadata", "name"));
    }

    private static Quantity amount(Map<String, Quantity> amounts, String name) {
        return amounts.getOrDefault(name, Quantity.ZERO);
    }

    private static String shown(List<String> names, Map<String, Quantity> amounts) {
        return names.stream()
                .map(name -> name + "=" + Json.of(amount(amounts, name).toString()).text())
                .collect(Collectors.joining(","));
    }
}
