package io.fairlead.apiserver;

import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;

/// What a URL's path names, as Kubernetes splits paths. It says nothing about whether that exists.
sealed interface RequestTarget {
    /// A resource, or a part of one.
    ///
    /// @param namespace empty for cluster-wide requests
    /// @param name empty for a whole collection
    /// @param subresource empty for the object itself; without what follows it
    /// @param rest what follows the subresource, as `/a/b`; empty when nothing does
    /// @param isOldWatch the path had the old `/watch/` in it
    record Resource(
            String group,
            String version,
            String namespace,
            String plural,
            String name,
            String subresource,
            String rest,
            boolean isOldWatch)
            implements RequestTarget {
        /// As messages write it: `pods`, `deployments.apps`.
        String qualifiedPlural() {
            return group.isEmpty() ? plural : plural + "." + group;
        }

        String apiVersion() {
            return group.isEmpty() ? version : group + "/" + version;
        }

        /// As rules write it: `pods/log`.
        String resourceWithSubresource() {
            return subresource.isEmpty() ? plural : plural + "/" + subresource;
        }

        boolean isCollection() {
            return name.isEmpty();
        }

        boolean isOf(ResourceType type) {
            return group.equals(type.group()) && plural.equals(type.plural());
        }
    }

    /// Anything else: health, version, discovery.
    record Path(String path) implements RequestTarget {}

    static RequestTarget parse(String path) {
        boolean core = path.startsWith("/api/");
        if (!core && !path.startsWith("/apis/")) {
            return new Path(path);
        }
        List<String> parts = new ArrayList<>(List.of(path.substring(1).split("/", -1)));
        if (parts.getLast().isEmpty() && !isProxy(parts)) {
            parts.removeLast();
        }
        int head = core ? 2 : 3;
        if (parts.size() <= head || parts.subList(0, head).contains("")) {
            return new Path(path);
        }
        String group = core ? "" : parts.get(1);
        String version = parts.get(head - 1);
        List<String> rest = parts.subList(head, parts.size());
        boolean oldWatch = rest.getFirst().equals("watch");
        if (oldWatch) {
            rest = rest.subList(1, rest.size());
            if (rest.isEmpty()) {
                return new Path(path);
            }
        }
        String namespace = "";
        if (rest.getFirst().equals("namespaces") && rest.size() > 1) {
            namespace = rest.get(1);
            boolean inside = rest.size() > 2 && !isPartOfNamespace(rest.get(2));
            if (inside) {
                rest = rest.subList(2, rest.size());
            }
        }
        String name = rest.size() > 1 ? rest.get(1) : "";
        String subresource = rest.size() > 2 ? rest.get(2) : "";
        String remainder =
                rest.size() > 3 ? "/" + String.join("/", rest.subList(3, rest.size())) : "";
        return new Resource(
                group, version, namespace, rest.getFirst(), name, subresource, remainder, oldWatch);
    }

    private static boolean isPartOfNamespace(String segment) {
        return segment.equals("status") || segment.equals("finalize");
    }

    private static boolean isProxy(List<String> parts) {
        return parts.contains("proxy");
    }
}
