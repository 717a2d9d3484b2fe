package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import java.util.List;

/// What a name means. A name that exists and has nothing to say to a question is answered emptily; one without records in the
/// table does not exist, which is another answer.
///
/// @param canonicalName the name to ask instead, empty for most; then there are no other records
public record Records(
        List<IpAddress> ipv4,
        List<IpAddress> ipv6,
        List<Target> services,
        String canonicalName,
        List<String> texts) {
    /// The records of a name that only has names below it.
    public static final Records NONE = new Records(List.of(), List.of(), List.of(), "", List.of());

    public Records {
        ipv4 = List.copyOf(ipv4);
        ipv6 = List.copyOf(ipv6);
        services = List.copyOf(services);
        texts = List.copyOf(texts);
    }

    /// A host and port that serve, as SRV records tell.
    public record Target(String host, int port) implements Comparable<Target> {
        @Override
        public int compareTo(Target other) {
            int order = host.compareTo(other.host);
            return order == 0 ? Integer.compare(port, other.port) : order;
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    static Records ofAddresses(List<IpAddress> addresses) {
        return NONE.withAddresses(addresses);
    }

    static Records ofServices(List<Target> services) {
        return new Records(List.of(), List.of(), services, "", List.of());
    }

    static Records ofCanonicalName(String name) {
        return new Records(List.of(), List.of(), List.of(), name, List.of());
    }

    static Records ofText(String text) {
        return new Records(List.of(), List.of(), List.of(), "", List.of(text));
    }

    Records withAddresses(List<IpAddress> addresses) {
        return new Records(
                addresses.stream().filter(IpAddress::isIpv4).toList(),
                addresses.stream().filter(address -> !address.isIpv4()).toList(),
                services,
                canonicalName,
                texts);
    }
}
