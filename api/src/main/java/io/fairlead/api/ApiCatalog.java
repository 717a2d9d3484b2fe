package io.fairlead.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Every type of object that an API serves, in the order in which discovery tells them. Immutable: a custom resource
/// makes a new catalogue.
public final class ApiCatalog {
    private static final ApiCatalog BUILT_IN = new ApiCatalog(CatalogFacts.read());

    private static final Set<String> BUILT_IN_GROUPS = Set.copyOf(BUILT_IN.groups());

    private final Map<GroupVersion, List<ApiResource>> resources;
    private final Map<String, ApiResource> byPath;
    private final Map<String, ApiResource> byKind;

    /// A group and one of its versions; the group is empty for the core.
    public record GroupVersion(String group, String version) {
        /// As objects write it.
        public String apiVersion() {
            return group.isEmpty() ? version : group + "/" + version;
        }

        public static GroupVersion of(String apiVersion) {
            int slash = apiVersion.indexOf('/');
            return slash < 0
                    ? new GroupVersion("", apiVersion)
                    : new GroupVersion(
                            apiVersion.substring(0, slash), apiVersion.substring(slash + 1));
        }
    }

    private ApiCatalog(Map<GroupVersion, List<ApiResource>> resources) {
        this.resources = resources;
        this.byPath = new LinkedHashMap<>();
        this.byKind = new LinkedHashMap<>();
        resources.forEach((at, all) -> {
            for (ApiResource resource : all) {
                byPath.put(at.apiVersion() + "/" + resource.type().plural(), resource);
                byKind.putIfAbsent(at.apiVersion() + "/" + resource.type().kind(), resource);
            }
        });
    }

    /// Kubernetes' own types.
    public static ApiCatalog builtIn() {
        return BUILT_IN;
    }

    /// This catalogue and further resources; those of the same path are replaced.
    public ApiCatalog plus(Collection<ApiResource> more) {
        Map<GroupVersion, List<ApiResource>> all = new LinkedHashMap<>(resources);
        for (ApiResource resource : more) {
            ResourceType type = resource.type();
            GroupVersion at = new GroupVersion(type.group(), type.version());
            List<ApiResource> there = new ArrayList<>(all.getOrDefault(at, List.of()));
            there.removeIf(other -> other.type().plural().equals(type.plural()));
            there.add(resource);
            all.put(at, List.copyOf(there));
        }
        return new ApiCatalog(all);
    }

    /// Whether a group is Kubernetes' own, so that its objects are no custom resources.
    public static boolean isBuiltIn(String group) {
        return group.isEmpty() || BUILT_IN_GROUPS.contains(group);
    }

    /// By the parts of a URL.
    public Optional<ApiResource> find(String group, String version, String plural) {
        return Optional.ofNullable(
                byPath.get(new GroupVersion(group, version).apiVersion() + "/" + plural));
    }

    /// By what an object says about itself.
    public Optional<ApiResource> ofKind(String apiVersion, String kind) {
        return Optional.ofNullable(byKind.get(apiVersion + "/" + kind));
    }

    public Optional<ApiResource> of(ResourceType type) {
        return find(type.group(), type.version(), type.plural());
    }

    /// By what a user may type: plural, singular, short name or kind in any case, the plural also with its group behind a dot.
    public Optional<ApiResource> named(String word) {
        int dot = word.indexOf('.');
        String name = dot < 0 ? word : word.substring(0, dot);
        String group = dot < 0 ? "" : word.substring(dot + 1);
        return all().filter(resource -> dot < 0 || resource.type().group().equals(group))
                .filter(resource ->
                        resource.type().plural().equals(name)
                                || resource.singular().equals(name)
                                || resource.shortNames().contains(name)
                                || resource.type().kind().equalsIgnoreCase(name))
                .findFirst();
    }

    public Stream<ApiResource> all() {
        return byPath.values().stream();
    }

    /// The groups other than the core, in order.
    public List<String> groups() {
        return resources.keySet().stream()
                .map(GroupVersion::group)
                .filter(group -> !group.isEmpty())
                .distinct()
                .toList();
    }

    /// The versions of a group, the preferred one first.
    public List<String> versions(String group) {
        return resources.keySet().stream()
                .filter(at -> at.group().equals(group))
                .map(GroupVersion::version)
                .toList();
    }

    public List<GroupVersion> groupVersions() {
        return List.copyOf(resources.keySet());
    }

    /// Empty when the version is not served.
    public List<ApiResource> resources(GroupVersion at) {
        return resources.getOrDefault(at, List.of());
    }
}
