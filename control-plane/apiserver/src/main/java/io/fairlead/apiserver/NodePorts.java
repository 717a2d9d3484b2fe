package io.fairlead.apiserver;

/// The ports of nodes that Services may have.
///
/// @param first the first of them
/// @param last the last of them
public record NodePorts(int first, int last) {
    private static final int PORT_MAX = 65535;

    public NodePorts {
        if (first < 1 || first > last || last > PORT_MAX) {
            throw new IllegalArgumentException("no range of ports: " + first + "-" + last);
        }
    }

    /// What Kubernetes has unless told otherwise.
    public static NodePorts usual() {
        return new NodePorts(30000, 32767);
    }

    boolean contains(long port) {
        return port >= first && port <= last;
    }

    int count() {
        return last - first + 1;
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
