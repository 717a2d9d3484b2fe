package io.fairlead.tables;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// What may be asked of everything that reflects Services.
public final class ServiceQuestions {
    private ServiceQuestions() {}

    /// Whether one Service is known at a version or a later one, or gone. Tells `{"uid", "resourceVersion"}` of what is known.
    ///
    /// @param parameters `uid` (any, without it), `resourceVersion` (any, without it) and `gone=true` for the contrary
    /// @throws IllegalArgumentException when a parameter makes no sense
    public static ArrivalQuestion<Reflection> one(
            ObjectName name, Function<String, Optional<String>> parameters) {
        Optional<String> uid = parameters.apply("uid");
        long version = parameters.apply("resourceVersion").map(Long::parseLong).orElse(0L);
        boolean isGoneWanted = parameters.apply("gone").map("true"::equals).orElse(false);
        Predicate<HeldService> isMeant =
                held ->
                        (uid.isEmpty() || held.uid().equals(uid.get()))
                                && held.resourceVersion() >= version;
        return new Question(
                now -> now.table().held(name).filter(isMeant).isPresent() != isGoneWanted,
                now ->
                        now.flatMap(it -> it.table().held(name))
                                .map(ServiceQuestions::tree)
                                .orElse(JsonObject.EMPTY));
    }

    /// Whether many Services are known as they are given, or as they became later. Tells of those that are not: `{"behind": ["NAMESPACE/NAME"]}`.
    ///
    /// @param body a [ServiceStates]
    /// @throws IllegalArgumentException when it is none
    public static ArrivalQuestion<Reflection> many(JsonObject body) {
        ServiceStates states = ServiceStates.of(body);
        return new Question(
                now -> states.behind(now.table(), now::version).isEmpty(),
                now ->
                        JsonObject.of(
                                "behind",
                                names(
                                        now.map(it -> states.behind(it.table(), it::version))
                                                .orElse(List.copyOf(states.services().keySet())))));
    }

    private record Question(
            Predicate<Reflection> arrived, Function<Optional<Reflection>, JsonObject> told)
            implements ArrivalQuestion<Reflection> {
        @Override
        public boolean isArrived(Reflection now) {
            return arrived.test(now);
        }

        @Override
        public JsonObject state(Optional<Reflection> now) {
            return told.apply(now);
        }
    }

    private static JsonObject tree(HeldService held) {
        return JsonObject.of("uid", Json.of(held.uid()))
                .with("resourceVersion", Long.toString(held.resourceVersion()));
    }

    private static JsonArray names(List<ObjectName> names) {
        return JsonArray.ofStrings(names.stream().map(ObjectName::toString).toList());
    }
}
