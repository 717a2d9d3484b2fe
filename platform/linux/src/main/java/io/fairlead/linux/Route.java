package io.fairlead.linux;

import java.net.InetAddress;
import java.util.Optional;

/// One route: what it is for, and where it leads.
///
/// @param destination the addresses it is for; prefix length 0 is the default route
/// @param gateway the next hop; absent when the destination is on the link itself
/// @param linkIndex the link it leads out of; 0 leaves it to the gateway
/// @param source the source address it prefers
/// @param gatewayReach how the gateway is reached
/// @param type unicast, or an answer of its own
/// @param table 254 is the main table
/// @param metric the lower wins
public record Route(
        IpPrefix destination,
        Optional<InetAddress> gateway,
        int linkIndex,
        Optional<InetAddress> source,
        GatewayReach gatewayReach,
        Type type,
        int table,
        int metric) {
    public static final int MAIN_TABLE = 254;

    /// Whether the kernel checks that the gateway is in one of the link's networks.
    public enum GatewayReach {
        CHECKED,
        /// The gateway is said to be on the link, whatever the link's addresses say.
        ON_LINK
    }

    /// What happens to a packet that takes the route.
    public enum Type {
        UNICAST(1),
        LOCAL(2),
        BROADCAST(3),
        BLACKHOLE(6),
        UNREACHABLE(7),
        PROHIBIT(8),
        /// Any other that the kernel has.
        OTHER(0);

        final int number;

        Type(int number) {
            this.number = number;
        }

        static Type of(int number) {
            for (Type type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            return OTHER;
        }
    }

    /// A route to be completed by [#via], [#on] or [#ofType].
    public static Route to(IpPrefix destination) {
        return new Route(
                destination.network(),
                Optional.empty(),
                0,
                Optional.empty(),
                GatewayReach.CHECKED,
                Type.UNICAST,
                MAIN_TABLE,
                0);
    }

    public Route via(InetAddress newGateway) {
        return new Route(
                destination,
                Optional.of(newGateway),
                linkIndex,
                source,
                gatewayReach,
                type,
                table,
                metric);
    }

    public Route on(Link link) {
        return new Route(
                destination, gateway, link.index(), source, gatewayReach, type, table, metric);
    }

    public Route from(InetAddress newSource) {
        return new Route(
                destination,
                gateway,
                linkIndex,
                Optional.of(newSource),
                gatewayReach,
                type,
                table,
                metric);
    }

    public Route onLink() {
        return new Route(
                destination, gateway, linkIndex, source, GatewayReach.ON_LINK, type, table, metric);
    }

    public Route inTable(int newTable) {
        return new Route(
                destination, gateway, linkIndex, source, gatewayReach, type, newTable, metric);
    }

    public Route ofType(Type newType) {
        return new Route(
                destination, gateway, linkIndex, source, gatewayReach, newType, table, metric);
    }

    /// For example `10.244.2.0/24 via 172.30.0.12`.
    @Override
    public String toString() {
        return (destination.prefixLength() == 0 ? "default" : destination.toString())
                + gateway.map(address -> " via " + address.getHostAddress()).orElse("")
                + (type == Type.UNICAST ? "" : " " + type);
    }
}
