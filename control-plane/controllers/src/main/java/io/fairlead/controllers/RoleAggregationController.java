package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Fills cluster roles that gather the rules of others. Keys are ClusterRoles.
public final class RoleAggregationController implements Controller {
    private static final ResourceType ROLE =
            new ResourceType(
                    "rbac.authorization.k8s.io",
                    "v1",
                    "clusterroles",
                    "ClusterRole",
                    ResourceType.Scope.CLUSTER);

    @Override
    public String name() {
        return "clusterrole-aggregation-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ROLE);
    }

    // A role says only with its labels who gathers it, so those that gather all look again.
    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        List<Key> keys = new ArrayList<>();
        for (JsonObject role : index.list(ROLE)) {
            if (role.has("aggregationRule")) {
                keys.add(new Key(ROLE, ObjectName.clusterWide(role.text("metadata", "name"))));
            }
        }
        return keys;
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<JsonObject> role = index.find(key);
        if (role.isEmpty() || !role.get().has("aggregationRule")) {
            return Plan.NOTHING;
        }
        Set<Json> rules = new LinkedHashSet<>();
        for (Json selector : role.get().list("aggregationRule", "clusterRoleSelectors")) {
            LabelSelector labels = LabelSelector.of((JsonObject) selector);
            index.list(ROLE).stream()
                    .filter(other -> !other.text("metadata", "name").equals(key.name().name()))
                    .filter(labels::matches)
                    .sorted(Comparator.comparing(other -> other.text("metadata", "name")))
                    .forEach(other -> rules.addAll(other.list("rules")));
        }
        return rules.equals(new LinkedHashSet<>(role.get().list("rules")))
                ? Plan.NOTHING
                : Plan.of(
                        Write.merge(
                                ROLE,
                                key.name(),
                                JsonObject.of("rules", new JsonArray(List.copyOf(rules)))));
    }
}
