package io.fairlead.api;

import io.fairlead.api.ManagedFields.Writer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Server-side apply: a configuration says all that its author wants to own. Others' fields stay, what the author leaves
/// out and nobody else owns goes, and what others own is a conflict unless forced.
public final class ServerSideApply {
    private static final List<String> SYSTEM_METADATA =
            List.of(
                    "creationTimestamp",
                    "deletionTimestamp",
                    "generation",
                    "managedFields",
                    "resourceVersion",
                    "selfLink",
                    "uid");

    /// What happens when another manager owns a field that the configuration sets otherwise.
    public enum OnConflict {
        REFUSE,
        FORCE
    }

    private ServerSideApply() {}

    /// @param live empty when there is no such object yet
    /// @param config as the client sent it, without defaults
    /// @param untouchable see [ManagedFields#untouchable]
    /// @return the object with its new owners, before defaults
    /// @throws ApiException 409 on conflicts, 400 and 500 for configurations that cannot be applied
    public static JsonObject apply(
            JsonObject live,
            JsonObject config,
            SchemaType type,
            Writer writer,
            OnConflict onConflict,
            FieldSet untouchable,
            Instant now) {
        if (!config.list("metadata", "managedFields").isEmpty()) {
            throw new ApiException(Status.badRequest("metadata.managedFields must be nil"));
        }
        FieldSet wanted = fields(config, type).minusBelow(untouchable);
        JsonObject bare = live.withoutAt("metadata", "managedFields");
        ManagedFields owners = ManagedFields.of(live);
        if (owners.isEmpty() && !live.isEmpty()) {
            owners = ManagedFields.beforeFirstApply(bare, type, now);
        }
        FieldSet last = owners.ownedBy(writer);
        String time = owners.timeOf(writer);
        JsonObject merged = TreeMerge.merge(bare, withoutSystemMetadata(config), type);
        owners.set(writer, wanted, time);
        merged = TreeMerge.prune(merged, last, owners.ownedByAnybody(), type);
        TypedTree.Comparison comparison =
                TypedTree.compare(bare, merged, type).minusBelow(untouchable);
        Map<Writer, FieldSet> conflicts = owners.conflicts(comparison, writer);
        if (!conflicts.isEmpty() && onConflict == OnConflict.REFUSE) {
            throw conflict(conflicts);
        }
        owners.release(comparison, writer.identity());
        if (!merged.equals(bare)) {
            owners.set(writer, wanted, ManagedFields.time(now));
        }
        return owners.into(merged);
    }

    /// The object with what a configuration wants laid over it, whoever owns what.
    ///
    /// @throws DecodingException when the configuration does not fit the schema, or wants lists or objects that change only as a whole
    public static JsonObject merged(JsonObject object, JsonObject config, SchemaType type) {
        try {
            TypedTree.fields(config, type);
        } catch (DecodingException e) {
            throw new DecodingException(
                    "failed to convert patch object to typed object: " + e.getMessage());
        }
        List<String> whole = TypedTree.atomics(config, type);
        if (!whole.isEmpty()) {
            throw new DecodingException(
                    "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
                            + String.join(", ", whole));
        }
        return TreeMerge.merge(object, config, type);
    }

    private static FieldSet fields(JsonObject config, SchemaType type) {
        try {
            return TypedTree.fields(config, type);
        } catch (DecodingException e) {
            ApiCatalog.GroupVersion at = ApiCatalog.GroupVersion.of(config.text("apiVersion"));
            String message =
                    "failed to create typed patch object (%s/%s; %s/%s, Kind=%s): %s"
                            .formatted(
                                    config.text("metadata", "namespace"),
                                    config.text("metadata", "name"),
                                    at.group(),
                                    at.version(),
                                    config.text("kind"),
                                    e.getMessage());
            throw new ApiException(new Status(500, "", message, JsonObject.EMPTY));
        }
    }

    /// The system's own fields are not a configuration's to set.
    private static JsonObject withoutSystemMetadata(JsonObject config) {
        JsonObject rest = config;
        for (String name : SYSTEM_METADATA) {
            rest = rest.withoutAt("metadata", name);
        }
        return rest;
    }

    private static ApiException conflict(Map<Writer, FieldSet> conflicts) {
        Map<String, List<String>> byManager = new TreeMap<>();
        List<JsonObject> causes = new ArrayList<>();
        conflicts.forEach((writer, fields) -> {
            for (String path : fields.paths()) {
                byManager
                        .computeIfAbsent(writer.toString(), missing -> new ArrayList<>())
                        .add(path);
                causes.add(
                        JsonObject.of(
                                "reason",
                                Json.of("FieldManagerConflict"),
                                "message",
                                Json.of("conflict with " + writer),
                                "field",
                                Json.of(path)));
            }
        });
        return new ApiException(
                new Status(409, "Conflict", message(byManager, causes.size()), JsonObject.EMPTY)
                        .withCauses(causes));
    }

    private static String message(Map<String, List<String>> byManager, int count) {
        if (count == 1) {
            Map.Entry<String, List<String>> only = byManager.entrySet().iterator().next();
            return "Apply failed with 1 conflict: conflict with %s: %s"
                    .formatted(only.getKey(), only.getValue().getFirst());
        }
        List<String> lines = new ArrayList<>();
        byManager.forEach((manager, paths) -> {
            lines.add("conflicts with " + manager + ":");
            paths.forEach(path -> lines.add("- " + path));
        });
        return "Apply failed with %d conflicts: %s".formatted(count, String.join("\n", lines));
    }
}
