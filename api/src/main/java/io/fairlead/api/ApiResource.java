package io.fairlead.api;

import java.util.List;
import java.util.Optional;

/// What discovery says about a resource, and the type of its objects.
///
/// @param verbs sorted; a resource without `list` is not stored
/// @param storageHash opaque to clients; empty for what is not stored
/// @param custom what a CustomResourceDefinition says; empty for Kubernetes' own resources
public record ApiResource(
        ResourceType type,
        String singular,
        List<String> shortNames,
        List<String> categories,
        List<String> verbs,
        List<Subresource> subresources,
        SchemaType schema,
        String storageHash,
        Optional<CustomVersion> custom) {
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

    /// One of Kubernetes' own resources.
    public ApiResource(
            ResourceType type,
            String singular,
            List<String> shortNames,
            List<String> categories,
            List<String> verbs,
            List<Subresource> subresources,
            SchemaType schema,
            String storageHash) {
        this(
                type,
                singular,
                shortNames,
                categories,
                verbs,
                subresources,
                schema,
                storageHash,
                Optional.empty());
    }

    public boolean isCustom() {
        return custom.isPresent();
    }

    public Optional<Subresource> subresource(String name) {
        return subresources.stream().filter(sub -> sub.name().equals(name)).findFirst();
    }

    public boolean allows(String verb) {
        return verbs.contains(verb);
    }
}
