package io.fairlead.api;

import java.util.List;
import java.util.Optional;

/// What discovery says about a resource, and the type of its objects.
///
/// @param verbs sorted; a resource without `list` is not stored
/// @param storageHash opaque to clients; empty for what is not stored
public record ApiResource(
        ResourceType type,
        String singular,
        List<String> shortNames,
        List<String> categories,
        List<String> verbs,
        List<Subresource> subresources,
        SchemaType schema,
        String storageHash) {
    public static final List<String> ALL_VERBS =
            List.of(
                    "create",
                    "delete",
                    "deletecollection",
                    "get",
                    "list",
                    "patch",
                    "update",
                    "watch");

    public Optional<Subresource> subresource(String name) {
        return subresources.stream().filter(sub -> sub.name().equals(name)).findFirst();
    }

    public boolean allows(String verb) {
        return verbs.contains(verb);
    }
}
