package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

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

    // Written out: every element of the rules is looked for by it.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Frontend that
                        && port == that.port
                        && protocol == that.protocol
                        && address.equals(that.address));
    }

    @Override
    public int hashCode() {
        return (address.hashCode() * 31 + port) * 31 + protocol.number();
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
