package io.fairlead.apiserver;

/// What somebody wants to do, as rules and reviews describe it.
sealed interface AccessRequest {
    User user();

    String verb();

    /// @param resource with its subresource: `pods/log`
    /// @param name empty for whole collections and for creation
    /// @param fieldSelector what a list is limited to; empty when to nothing
    record ToResource(
            User user,
            String verb,
            String group,
            String version,
            String resource,
            String namespace,
            String name,
            String fieldSelector)
            implements AccessRequest {
        ToResource(
                User user,
                String verb,
                String group,
                String version,
                String resource,
                String namespace,
                String name) {
            this(user, verb, group, version, resource, namespace, name, "");
        }

        /// With the group: `leases.coordination.k8s.io`.
        String qualifiedResource() {
            return group.isEmpty() ? resource : resource + "." + group;
        }

        String plural() {
            int slash = resource.indexOf('/');
            return slash < 0 ? resource : resource.substring(0, slash);
        }
    }

    record ToPath(User user, String verb, String path) implements AccessRequest {}

    /// The sentence that a refused user reads.
    default String refusal() {
        return switch (this) {
            case ToPath path ->
                    "forbidden: User \"%s\" cannot %s path \"%s\""
                            .formatted(path.user.name(), path.verb, path.path);
            case ToResource to -> {
                String qualified = to.group.isEmpty() ? to.plural() : to.plural() + "." + to.group;
                yield "%s is forbidden: User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s"
                        .formatted(
                                to.name.isEmpty() ? qualified : qualified + " \"" + to.name + "\"",
                                to.user.name(),
                                to.verb,
                                to.resource,
                                to.group,
                                to.namespace.isEmpty()
                                        ? "at the cluster scope"
                                        : "in the namespace \"" + to.namespace + "\"");
            }
        };
    }
}
