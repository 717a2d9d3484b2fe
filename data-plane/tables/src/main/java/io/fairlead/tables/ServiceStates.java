package io.fairlead.tables;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient.Listing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/// Services as an API server had them at one moment, with all their slices, to be compared with what a table reflects.
///
/// A resource version names one state of one object, and a watcher sees the objects of a type in the order of their versions. So a table
/// reflects a Service as it is here, or as it became later, exactly when for the Service and for its slices one of two things is true:
/// what the table holds is what is here, or it has seen everything of that type up to the moment of the list.
///
/// @param scope whether there were no other Services
/// @param servicesVersion the version up to which the Services contain everything
/// @param slicesVersion the same of the slices
public record ServiceStates(
        Scope scope, long servicesVersion, long slicesVersion, Map<ObjectName, State> services) {
    /// Which Services were asked for.
    public enum Scope {
        ALL,
        CHOSEN
    }

    /// @param slices the resource versions of the Service's slices
    public record State(String uid, long resourceVersion, Set<Long> slices) {
        public State {
            slices = Set.copyOf(slices);
        }
    }

    public ServiceStates {
        services = Map.copyOf(services);
    }

    /// All Services of two lists.
    public static ServiceStates ofAll(Listing services, Listing slices) {
        Set<ObjectName> names = new HashSet<>();
        services.items().forEach(service -> names.add(new GenericObject(service).objectName()));
        return of(Scope.ALL, services, slices, names);
    }

    /// Some Services of two lists. Those that are not there are left out. The slices must come from one list, of whichever namespaces.
    public static ServiceStates ofChosen(
            Listing services, Listing slices, Collection<ObjectName> chosen) {
        return of(Scope.CHOSEN, services, slices, Set.copyOf(chosen));
    }

    private static ServiceStates of(
            Scope scope, Listing services, Listing slices, Set<ObjectName> chosen) {
        Map<ObjectName, Set<Long>> versions = new HashMap<>();
        for (JsonObject tree : slices.items()) {
            EndpointSlice slice = new EndpointSlice(tree);
            ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
            if (chosen.contains(service)) {
                versions.computeIfAbsent(service, _ -> new HashSet<>())
                        .add(slice.resourceVersion());
            }
        }
        Map<ObjectName, State> states = new HashMap<>();
        for (JsonObject tree : services.items()) {
            GenericObject service = new GenericObject(tree);
            ObjectName name = service.objectName();
            if (chosen.contains(name)) {
                states.put(
                        name,
                        new State(
                                service.uid(),
                                service.resourceVersion(),
                                versions.getOrDefault(name, Set.of())));
            }
        }
        return new ServiceStates(
                scope,
                number(services.resourceVersion()),
                number(slices.resourceVersion()),
                states);
    }

    /// The Services of which a table reflects an earlier state, or a state after their end, in the order of their names.
    ///
    /// @param seen for a type, the version up to which the table's sources contain everything
    public List<ObjectName> behind(ServiceKnowledge table, ToLongFunction<ResourceType> seen) {
        boolean hasSeenServices = seen.applyAsLong(ResourceType.SERVICE) >= servicesVersion;
        boolean hasSeenSlices = seen.applyAsLong(ResourceType.ENDPOINT_SLICE) >= slicesVersion;
        if (hasSeenServices && hasSeenSlices) {
            return List.of();
        }
        Set<ObjectName> behind = new TreeSet<>();
        services.forEach((name, state) -> {
            boolean isServiceHeld =
                    hasSeenServices
                            || table.held(name)
                                    .filter(held -> held.uid().equals(state.uid()))
                                    .filter(held ->
                                            held.resourceVersion() >= state.resourceVersion())
                                    .isPresent();
            boolean areSlicesHeld = hasSeenSlices || table.heldSlices(name).equals(state.slices());
            if (!isServiceHeld || !areSlicesHeld) {
                behind.add(name);
            }
        });
        if (scope == Scope.ALL && !hasSeenServices) {
            table.services().stream()
                    .filter(name -> !services.containsKey(name))
                    .forEach(behind::add);
        }
        return List.copyOf(behind);
    }

    /// As it is sent: `{"scope", "servicesVersion", "slicesVersion", "services": [{"namespace", "name", "uid", "resourceVersion", "slices": []}]}`.
    public JsonObject tree() {
        List<Json> items = new ArrayList<>();
        new TreeMap<>(services)
                .forEach((name, state) ->
                        items.add(
                                JsonObject.builder()
                                        .put("namespace", name.namespace())
                                        .put("name", name.name())
                                        .put("uid", state.uid())
                                        .put("resourceVersion", state.resourceVersion())
                                        .put("slices", numbers(new TreeSet<>(state.slices())))
                                        .build()));
        return JsonObject.builder()
                .put("scope", scope == Scope.ALL ? "all" : "chosen")
                .put("servicesVersion", servicesVersion)
                .put("slicesVersion", slicesVersion)
                .put("services", new JsonArray(items))
                .build();
    }

    /// @throws IllegalArgumentException when it is not what [#tree] writes
    public static ServiceStates of(JsonObject tree) {
        Scope scope =
                switch (tree.text("scope")) {
                    case "all" -> Scope.ALL;
                    case "chosen" -> Scope.CHOSEN;
                    default -> throw new IllegalArgumentException("scope is one of all, chosen");
                };
        Map<ObjectName, State> states = new HashMap<>();
        for (Json item : tree.list("services")) {
            ObjectName name = new ObjectName(item.text("namespace"), item.text("name"));
            if (name.namespace().isEmpty() || name.name().isEmpty()) {
                throw new IllegalArgumentException("a Service has a namespace and a name");
            }
            Set<Long> slices = new HashSet<>();
            item.list("slices").forEach(version -> slices.add(version.number(-1)));
            states.put(
                    name, new State(item.text("uid"), item.number(-1, "resourceVersion"), slices));
        }
        return new ServiceStates(
                scope,
                tree.number(Long.MAX_VALUE, "servicesVersion"),
                tree.number(Long.MAX_VALUE, "slicesVersion"),
                states);
    }

    private static JsonArray numbers(Collection<Long> values) {
        return new JsonArray(values.stream().<Json>map(Json::of).toList());
    }

    /// A version that is no number is never known to be seen.
    private static long number(String resourceVersion) {
        try {
            return Long.parseLong(resourceVersion);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
