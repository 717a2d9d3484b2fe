package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomDefinition;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.JsonObject;
import io.fairlead.api.VersionOrder;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The catalogue with the resources that CustomResourceDefinitions add. It is made from the store's newest state when asked for, so that whoever has seen a
/// definition established finds its resources. Safe for use by many threads.
final class CustomResources {
    private static final String PREFIX = StorageKeys.prefix(CustomDefinition.TYPE);

    private final ObjectStore store;
    private final Function<JsonObject, CustomVersion.SchemaRules> rules;
    private final Function<CustomDefinition, CustomVersion.Conversion> conversions;
    private volatile Known known = new Known(-1, Map.of(), ApiCatalog.builtIn());

    /// What definitions there were at a revision.
    private record Known(long revision, Map<String, Defined> definitions, ApiCatalog catalog) {}

    private record Defined(long revision, List<ApiResource> resources) {}

    /// @param rules makes the judge of a schema
    /// @param conversions makes what turns a definition's versions into each other
    CustomResources(
            ObjectStore store,
            Function<JsonObject, CustomVersion.SchemaRules> rules,
            Function<CustomDefinition, CustomVersion.Conversion> conversions) {
        this.store = store;
        this.rules = rules;
        this.conversions = conversions;
    }

    ApiCatalog catalog() {
        Snapshot<StoredObject> snapshot = store.snapshot();
        Known last = known;
        if (last.revision() == snapshot.revision()) {
            return last.catalog();
        }
        Known next = next(last, snapshot);
        // Of two racing threads the last wins; the next call puts an older state right.
        known = next;
        return next.catalog();
    }

    private Known next(Known last, Snapshot<StoredObject> snapshot) {
        Map<String, Defined> definitions = new LinkedHashMap<>();
        for (Stored<StoredObject> stored : snapshot.list(PREFIX)) {
            Defined before = last.definitions().get(stored.key());
            definitions.put(
                    stored.key(),
                    before != null && before.revision() == stored.modRevision()
                            ? before
                            : new Defined(stored.modRevision(), resources(stored.value().tree())));
        }
        if (definitions.equals(last.definitions())) {
            return new Known(snapshot.revision(), last.definitions(), last.catalog());
        }
        List<ApiResource> all = new ArrayList<>();
        definitions.values().forEach(defined -> all.addAll(defined.resources()));
        all.sort(
                Comparator.comparing((ApiResource resource) -> resource.type().group())
                        .thenComparing(
                                resource -> resource.type().version(), VersionOrder.BEST_FIRST));
        return new Known(snapshot.revision(), definitions, ApiCatalog.builtIn().plus(all));
    }

    private List<ApiResource> resources(JsonObject tree) {
        CustomDefinition definition = new CustomDefinition(tree);
        return definition.isEstablished()
                ? definition.resources(rules, conversions.apply(definition))
                : List.of();
    }
}
