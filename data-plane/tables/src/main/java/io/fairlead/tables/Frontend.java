package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import java.util.Comparator;

/// Where clients connect to: a Service's address, protocol and port.
public record Frontend(IpAddress address, Protocol protocol, int port)
        implements Comparable<Frontend> {
    private static final Comparator<Frontend> ORDER =
            Comparator.comparing(Frontend::address)
                    .thenComparingInt(Frontend::port)
                    .thenComparing(Frontend::protocol);

    @Override
    public int compareTo(Frontend other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return (address.family() == IpFamily.IPV4 ? address.toString() : "[" + address + "]")
                + ":"
                + port
                + "/"
                + protocol.lowerCase();
    }
}
