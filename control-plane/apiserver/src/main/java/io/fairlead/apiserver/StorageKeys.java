package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.Map;

/// Where objects live in the store: Kubernetes' own layout, so that its tools find them.
final class StorageKeys {
    static final String ROOT = "/registry/";
    private static final Map<String, String> ODD_CORE_NAMES =
            Map.of(
                    "services", "services/specs",
                    "endpoints", "services/endpoints",
                    "nodes", "minions",
                    "replicationcontrollers", "controllers");

    private StorageKeys() {}

    /// The prefix of all objects of a type; types that are two views of one resource share it.
    static String prefix(ResourceType type) {
        return ROOT + folder(type) + "/";
    }

    static String prefix(ResourceType type, String namespace) {
        return namespace.isEmpty() || !type.isNamespaced()
                ? prefix(type)
                : prefix(type) + namespace + "/";
    }

    static String key(ResourceType type, ObjectName name) {
        return type.isNamespaced()
                ? prefix(type) + name.namespace() + "/" + name.name()
                : prefix(type) + name.name();
    }

    /// The key that a Service holds while it owns a node port.
    static String nodePort(long port) {
        return ROOT + "ranges/servicenodeports/" + port;
    }

    private static String folder(ResourceType type) {
        String group = type.group();
        String plural = type.plural();
        if (group.isEmpty()) {
            return ODD_CORE_NAMES.getOrDefault(plural, plural);
        }
        boolean ownFolder =
                group.equals("apiextensions.k8s.io")
                        || group.equals("apiregistration.k8s.io")
                        || !ApiCatalog.isBuiltIn(group);
        if (ownFolder) {
            return group + "/" + plural;
        }
        return plural.equals("ingresses") ? "ingress" : plural;
    }
}
