package io.fairlead.tables;

import io.fairlead.api.IpFamily;
import io.fairlead.api.ObjectName;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Names an endpoint set by what it is for. A Service port has at most two of them on a node and in a family.
public record SetName(ObjectName service, String port, IpFamily family, Reach reach)
        implements Comparable<SetName> {
    private static final Comparator<SetName> ORDER =
            Comparator.comparing(SetName::service)
                    .thenComparing(SetName::port)
                    .thenComparing(SetName::family)
                    .thenComparing(SetName::reach);

    /// Whose endpoints are in the set.
    public enum Reach {
        /// Every node's, as far as topology hints do not narrow it down.
        ALL,
        /// This node's.
        LOCAL;

        String lowerCase() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public int compareTo(SetName other) {
        return ORDER.compare(this, other);
    }

    // Written out: every set is looked for by it.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof SetName that
                        && service.equals(that.service)
                        && port.equals(that.port)
                        && family == that.family
                        && reach == that.reach);
    }

    @Override
    public int hashCode() {
        return ((service.hashCode() * 31 + port.hashCode()) * 31 + family.ordinal()) * 31
                + reach.ordinal();
    }

    @Override
    public String toString() {
        return service
                + (port.isEmpty() ? " " : ":" + port + " ")
                + (family == IpFamily.IPV4 ? "" : family + " ")
                + reach.lowerCase();
    }
}
