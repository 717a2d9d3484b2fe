package io.fairlead.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Who owns which fields of an object: the entries of `metadata.managedFields`, and how each write changes them.
public final class ManagedFields {
    private static final FieldSet SYSTEM = systemFields();
    private static final int UPDATERS_MAX = 10;
    private static final Comparator<Map.Entry<Writer, Owned>> ORDER =
            Comparator.comparing((Map.Entry<Writer, Owned> entry) -> entry.getKey().operation())
                    .thenComparing(entry -> entry.getValue().time())
                    .thenComparing(entry -> entry.getKey().manager())
                    .thenComparing(entry -> entry.getValue().apiVersion())
                    .thenComparing(entry -> entry.getKey().subresource());

    private final Map<Writer, Owned> owners;

    /// How somebody writes.
    public enum Operation {
        APPLY("Apply"),
        UPDATE("Update");

        private final String word;

        Operation(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /// Who writes, and how.
    ///
    /// @param subresource empty for the object itself
    public record Writer(
            String manager, Operation operation, String apiVersion, String subresource) {
        /// Appliers are the same whichever version they use.
        Writer identity() {
            return operation == Operation.APPLY
                    ? new Writer(manager, operation, "", subresource)
                    : this;
        }

        @Override
        public String toString() {
            String text = JsonWriter.text(Json.of(manager));
            if (!subresource.isEmpty()) {
                text += " with subresource " + JsonWriter.text(Json.of(subresource));
            }
            return operation == Operation.UPDATE ? text + " using " + apiVersion : text;
        }
    }

    /// @param time empty where Kubernetes leaves it out
    record Owned(FieldSet fields, String apiVersion, String time) {}

    private ManagedFields(Map<Writer, Owned> owners) {
        this.owners = owners;
    }

    /// What a request to an object, or to one of its subresources, cannot change and therefore cannot own.
    public static FieldSet untouchable(ApiResource resource, String subresource) {
        boolean hasStatus = resource.subresource("status").isPresent();
        if (subresource.equals("status")) {
            return FieldSet.ofFields("spec");
        }
        return hasStatus ? FieldSet.ofFields("status") : FieldSet.EMPTY;
    }

    /// The object after a write other than apply, with its owners brought up to date; without any where owners cannot be told apart.
    ///
    /// @param before empty when the object is new
    /// @param after with defaults, before anything is allocated or filled in on the server's behalf
    /// @param untouchable see [#untouchable]
    public static JsonObject afterUpdate(
            JsonObject before,
            JsonObject after,
            SchemaType type,
            Writer writer,
            FieldSet untouchable,
            Instant now) {
        List<Json> told = after.list("metadata", "managedFields");
        JsonObject bare = after.withoutAt("metadata", "managedFields");
        boolean cleared = told.size() == 1 && told.getFirst().equals(JsonObject.EMPTY);
        ManagedFields owners = of(told.isEmpty() ? before : after);
        boolean untracked = !before.isEmpty() && owners.owners.isEmpty();
        if (cleared || untracked) {
            return bare;
        }
        JsonObject base = before.isEmpty() ? emptyObject(after, type) : before;
        TypedTree.Comparison comparison;
        try {
            comparison =
                    TypedTree.compare(base.withoutAt("metadata", "managedFields"), bare, type)
                            .minusBelow(untouchable);
        } catch (DecodingException e) {
            // Such as a list's item without its key: nobody could own it, and the write is good all
            // the same.
            return bare;
        }
        owners.release(comparison, writer.identity());
        owners.own(comparison, writer, now);
        return owners.into(bare);
    }

    static ManagedFields of(JsonObject object) {
        Map<Writer, Owned> owners = new LinkedHashMap<>();
        for (Json entry : object.list("metadata", "managedFields")) {
            Operation operation =
                    entry.text("operation").equals("Apply") ? Operation.APPLY : Operation.UPDATE;
            String apiVersion = entry.text("apiVersion");
            Writer writer =
                    new Writer(
                            entry.text("manager"),
                            operation,
                            apiVersion,
                            entry.text("subresource"));
            FieldSet fields = FieldSet.ofRoot(entry.object("fieldsV1"));
            if (!fields.isEmpty()) {
                owners.put(writer.identity(), new Owned(fields, apiVersion, entry.text("time")));
            }
        }
        return new ManagedFields(owners);
    }

    /// As the owners of an object that nobody has tracked yet: somebody wrote all of it before.
    static ManagedFields beforeFirstApply(JsonObject live, SchemaType type, Instant now) {
        String apiVersion = live.text("apiVersion");
        Writer somebody = new Writer("before-first-apply", Operation.UPDATE, apiVersion, "");
        FieldSet all = TypedTree.compare(JsonObject.EMPTY, live, type).added().minus(SYSTEM);
        Map<Writer, Owned> owners = new LinkedHashMap<>();
        owners.put(somebody, new Owned(all, apiVersion, time(now)));
        return new ManagedFields(owners);
    }

    /// What this writer owned so far.
    FieldSet ownedBy(Writer writer) {
        Owned owned = owners.get(writer.identity());
        return owned == null ? FieldSet.EMPTY : owned.fields();
    }

    /// What anybody owns.
    FieldSet ownedByAnybody() {
        FieldSet all = FieldSet.EMPTY;
        for (Owned owned : owners.values()) {
            all = all.union(owned.fields());
        }
        return all;
    }

    boolean isEmpty() {
        return owners.isEmpty();
    }

    /// Sets all that a writer owns; nothing removes the writer.
    void set(Writer writer, FieldSet fields, String time) {
        FieldSet kept = fields.minus(SYSTEM);
        if (kept.isEmpty()) {
            owners.remove(writer.identity());
        } else {
            owners.put(writer.identity(), new Owned(kept, writer.apiVersion(), time));
        }
    }

    /// When this writer last changed something; empty when unknown.
    String timeOf(Writer writer) {
        Owned owned = owners.get(writer.identity());
        return owned == null ? "" : owned.time();
    }

    /// The fields of others that a change touches.
    Map<Writer, FieldSet> conflicts(TypedTree.Comparison comparison, Writer self) {
        FieldSet written = comparison.modified().union(comparison.added());
        Map<Writer, FieldSet> conflicts = new LinkedHashMap<>();
        owners.forEach((writer, owned) -> {
            FieldSet touched = owned.fields().intersection(written);
            if (!writer.equals(self.identity()) && !touched.isEmpty()) {
                conflicts.put(writer, touched);
            }
        });
        return conflicts;
    }

    /// Others lose what was written, and what is gone.
    void release(TypedTree.Comparison comparison, Writer self) {
        FieldSet lost = comparison.modified().union(comparison.added()).union(comparison.removed());
        for (Writer writer : List.copyOf(owners.keySet())) {
            Owned owned = owners.get(writer);
            if (owned == null || writer.equals(self)) {
                continue;
            }
            FieldSet left = owned.fields().minus(lost);
            if (left.isEmpty()) {
                owners.remove(writer);
            } else {
                owners.put(writer, new Owned(left, owned.apiVersion(), owned.time()));
            }
        }
    }

    private void own(TypedTree.Comparison comparison, Writer writer, Instant now) {
        FieldSet before = ownedBy(writer);
        FieldSet after =
                before.minus(comparison.removed())
                        .union(comparison.modified())
                        .union(comparison.added())
                        .minus(SYSTEM);
        set(writer, after, after.equals(before) ? timeOf(writer) : time(now));
    }

    /// The object with these owners.
    JsonObject into(JsonObject object) {
        if (owners.isEmpty()) {
            return object.withoutAt("metadata", "managedFields");
        }
        limitUpdaters();
        List<Json> entries = new ArrayList<>();
        owners.entrySet().stream()
                .sorted(ORDER)
                .forEach(entry -> {
                    Writer writer = entry.getKey();
                    Owned owned = entry.getValue();
                    entries.add(
                            JsonObject.builder()
                                    .put("manager", writer.manager())
                                    .put("operation", writer.operation().toString())
                                    .put("apiVersion", owned.apiVersion())
                                    .putUnlessEmpty("time", owned.time())
                                    .put("fieldsType", "FieldsV1")
                                    .put("fieldsV1", owned.fields().json())
                                    .putUnlessEmpty("subresource", writer.subresource())
                                    .build());
                });
        return object.withAt(new JsonArray(entries), "metadata", "managedFields");
    }

    // Whoever changes an object under ever new names must not make it grow without end: the oldest
    // become one.
    private void limitUpdaters() {
        List<Map.Entry<Writer, Owned>> updaters =
                owners.entrySet().stream()
                        .filter(entry -> entry.getKey().operation() == Operation.UPDATE)
                        .sorted(ORDER)
                        .toList();
        int surplus = updaters.size() - UPDATERS_MAX;
        if (surplus <= 0) {
            return;
        }
        for (Map.Entry<Writer, Owned> entry : updaters.subList(0, surplus + 1)) {
            owners.remove(entry.getKey());
            Owned owned = entry.getValue();
            Writer ancient =
                    new Writer(
                            "ancient-changes",
                            Operation.UPDATE,
                            owned.apiVersion(),
                            entry.getKey().subresource());
            owners.merge(
                    ancient,
                    owned,
                    (one, other) ->
                            new Owned(
                                    one.fields().union(other.fields()),
                                    owned.apiVersion(),
                                    other.time()));
        }
    }

    static String time(Instant now) {
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /// What the type looks like before anybody has set anything.
    static JsonObject emptyObject(JsonObject like, SchemaType type) {
        return SchemaDefaults.apply(
                JsonObject.of(
                        "apiVersion",
                        Json.of(like.text("apiVersion")),
                        "kind",
                        Json.of(like.text("kind"))),
                type);
    }

    private static FieldSet systemFields() {
        FieldSet.Builder set = new FieldSet.Builder();
        set.child("f:apiVersion").add();
        set.child("f:kind").add();
        FieldSet.Builder metadata = set.child("f:metadata");
        metadata.add();
        for (String name :
                List.of(
                        "name",
                        "namespace",
                        "creationTimestamp",
                        "selfLink",
                        "uid",
                        "clusterName",
                        "generation",
                        "managedFields",
                        "resourceVersion")) {
            metadata.child("f:" + name).add();
        }
        return set.build();
    }
}
