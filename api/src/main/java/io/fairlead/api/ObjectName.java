package io.fairlead.api;

import org.jspecify.annotations.Nullable;

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

    // Written out: names are compared and hashed more than anything else.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ObjectName that
                        && name.equals(that.name)
                        && namespace.equals(that.namespace));
    }

    @Override
    public int hashCode() {
        return namespace.hashCode() * 31 + name.hashCode();
    }

    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
