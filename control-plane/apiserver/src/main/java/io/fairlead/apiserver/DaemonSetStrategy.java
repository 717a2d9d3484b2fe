package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;

/// A DaemonSet says in an annotation how often its template changed; old clients look there.
final class DaemonSetStrategy implements Strategy {
    private static final String ANNOTATION = "deprecated.daemonset.template.generation";

    @Override
    public JsonObject onCreate(JsonObject set, Write write) {
        return set.withAt(Json.of("1"), "metadata", "annotations", ANNOTATION);
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        String known = before.text("metadata", "annotations", ANNOTATION);
        boolean isSame = before.object("spec", "template").equals(after.object("spec", "template"));
        long generation = known.matches("[0-9]{1,18}") ? Long.parseLong(known) : 1;
        String next = Long.toString(isSame ? generation : generation + 1);
        return after.withAt(Json.of(next), "metadata", "annotations", ANNOTATION);
    }
}
