package io.fairlead.api;

/// Names an object of a known type. The namespace is empty for cluster-wide types.
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
    public static ObjectName clusterWide(String name) {
        return new ObjectName("", name);
    }

    @Override
    public int compareTo(ObjectName other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
