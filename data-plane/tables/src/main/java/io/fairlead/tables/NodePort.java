package io.fairlead.tables;

import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import java.util.Comparator;

/// A port that is a Service on every address of a family that the node has.
public record NodePort(IpFamily family, Protocol protocol, int port)
        implements Comparable<NodePort> {
    private static final Comparator<NodePort> ORDER =
            Comparator.comparing(NodePort::family)
                    .thenComparingInt(NodePort::port)
                    .thenComparing(NodePort::protocol);

    @Override
    public int compareTo(NodePort other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return (family == IpFamily.IPV4 ? "*" : "[*]") + ":" + port + "/" + protocol.lowerCase();
    }
}
