package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonBoolean;
import io.fairlead.api.JsonNumber;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// How an object is to be deleted, from the query or from a body.
///
/// @param uid what the object's must be; empty for any
/// @param resourceVersion what the object's must be; empty for any
record DeleteOptions(
        OptionalLong gracePeriodSeconds,
        Propagation propagation,
        String uid,
        String resourceVersion,
        boolean isDryRun) {
    private static final String KIND = "DeleteOptions";

    /// What becomes of an object's dependents.
    enum Propagation {
        DEFAULT,
        FOREGROUND,
        BACKGROUND,
        ORPHAN
    }

    static final DeleteOptions PLAIN =
            new DeleteOptions(OptionalLong.empty(), Propagation.DEFAULT, "", "", false);

    static DeleteOptions parse(Call call, JsonObject body) {
        JsonObject options = body;
        if (body.isEmpty()) {
            options = fromQuery(call);
        }
        List<JsonObject> causes = new ArrayList<>();
        String policy = options.text("propagationPolicy");
        Json orphanDependents = options.get("orphanDependents");
        Propagation propagation = Propagation.DEFAULT;
        switch (policy) {
            case "" -> {}
            case "Foreground" -> propagation = Propagation.FOREGROUND;
            case "Background" -> propagation = Propagation.BACKGROUND;
            case "Orphan" -> propagation = Propagation.ORPHAN;
            default ->
                    causes.add(
                            Invalid.notSupported(
                                    "propagationPolicy",
                                    policy,
                                    "\"Foreground\", \"Background\", \"Orphan\", \"nil\""));
        }
        if (orphanDependents instanceof JsonBoolean orphan) {
            if (!policy.isEmpty()) {
                causes.add(
                        Invalid.value(
                                "propagationPolicy",
                                "\"" + policy + "\"",
                                "orphanDependents and deletionPropagation cannot be both set"));
            } else {
                propagation = orphan.value() ? Propagation.ORPHAN : Propagation.BACKGROUND;
            }
        }
        WriteOptions.dryRunCauses(
                options.list("dryRun").stream()
                        .map(item -> item instanceof JsonString text ? text.value() : "")
                        .toList(),
                causes);
        if (!causes.isEmpty()) {
            throw Invalid.options(KIND, causes);
        }
        return new DeleteOptions(
                options.get("gracePeriodSeconds") instanceof JsonNumber seconds
                        ? OptionalLong.of(Math.max(seconds.value().longValue(), -1))
                        : OptionalLong.empty(),
                propagation,
                options.text("preconditions", "uid"),
                options.text("preconditions", "resourceVersion"),
                !options.list("dryRun").isEmpty());
    }

    boolean namesRevision() {
        return !resourceVersion.isEmpty();
    }

    void check(ResourceType type, String name, Stored<StoredObject> stored) {
        String found = stored.value().tree().text("metadata", "uid");
        if (!uid.isEmpty() && !uid.equals(found)) {
            throw conflict(
                    type,
                    name,
                    "the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated"
                            .formatted(uid, found));
        }
        String revision = Long.toString(stored.modRevision());
        if (!resourceVersion.isEmpty() && !resourceVersion.equals(revision)) {
            throw conflict(
                    type,
                    name,
                    "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified"
                            .formatted(resourceVersion, revision));
        }
    }

    private static ApiException conflict(ResourceType type, String name, String why) {
        return new ApiException(
                new Status(
                        409,
                        "Conflict",
                        "Operation cannot be fulfilled on %s \"%s\": %s"
                                .formatted(
                                        type.group().isEmpty()
                                                ? type.kind()
                                                : type.kind() + "." + type.group(),
                                        name,
                                        why),
                        JsonObject.builder()
                                .put("name", name)
                                .putUnlessEmpty("group", type.group())
                                .put("kind", type.kind())
                                .build()));
    }

    private static JsonObject fromQuery(Call call) {
        JsonObject.Builder options = JsonObject.builder();
        String seconds = call.parameter("gracePeriodSeconds");
        if (!seconds.isEmpty()) {
            try {
                options.put("gracePeriodSeconds", Long.parseLong(seconds));
            } catch (NumberFormatException e) {
                throw new ApiException(
                        Status.badRequest(
                                "strconv.ParseInt: parsing \"%s\": invalid syntax"
                                        .formatted(seconds)));
            }
        }
        options.putUnlessEmpty("propagationPolicy", call.parameter("propagationPolicy"));
        if (call.optionalParameter("orphanDependents").isPresent()) {
            options.put("orphanDependents", call.flag("orphanDependents"));
        }
        options.putUnlessEmpty(
                "dryRun",
                io.fairlead.api.JsonArray.ofStrings(
                        call.query().getOrDefault("dryRun", List.of())));
        return options.build();
    }
}
