package io.fairlead.linux;

import java.util.List;

/// The routes of one network namespace. Obtained from [NetworkStack].
public final class Routes {
    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    private static final int HEADER_BYTES = 12;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_TABLE = 15;
    private static final int RTNH_F_ONLINK = 4;
    private static final int RTM_F_CLONED = 0x200;
    private static final int PROTOCOL_STATIC = 4;
    private static final int SCOPE_UNIVERSE = 0;
    private static final int SCOPE_LINK = 253;
    private static final int SCOPE_HOST = 254;
    private static final int SCOPE_NOWHERE = 255;

    private final NetlinkSocket socket;

    Routes(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// The routes of all tables and both families. Of a route with several next hops only the
    /// destination is told.
    public List<Route> list() {
        return socket
                .dump(
                        "list routes",
                        RTM_GETROUTE,
                        message -> message.headerU32(0).headerU32(0).headerU32(0))
                .stream()
                .filter(message -> message.type() == RTM_NEWROUTE)
                .filter(message -> (message.header(HEADER_BYTES).getInt(8) & RTM_F_CLONED) == 0)
                .map(Routes::parse)
                .toList();
    }

    /// Adds a route in place of one with the same destination, table and metric, if there is one.
    public void replace(Route route) {
        socket.exchange(
                "set route",
                route.toString(),
                RTM_NEWROUTE,
                NetlinkMessage.CREATE | NetlinkMessage.REPLACE,
                message -> write(message, route, scope(route)));
    }

    /// @return whether there was such a route
    public boolean delete(Route route) {
        try {
            socket.exchange(
                    "delete route",
                    route.toString(),
                    RTM_DELROUTE,
                    0,
                    message -> write(message, route, SCOPE_NOWHERE));
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ESRCH) || e.errno().equals(Errno.ENODEV)) {
                return false;
            }
            throw e;
        }
    }

    private static int scope(Route route) {
        if (route.type() == Route.Type.LOCAL) {
            return SCOPE_HOST;
        }
        return route.type() == Route.Type.UNICAST && route.gateway().isEmpty()
                ? SCOPE_LINK
                : SCOPE_UNIVERSE;
    }

    private static void write(NetlinkWriter message, Route route, int scope) {
        byte[] destination = route.destination().address().getAddress();
        message.headerU8(RouteFamily.of(destination))
                .headerU8(route.destination().prefixLength())
                .headerU8(0)
                .headerU8(0)
                .headerU8(route.table() < 256 ? route.table() : 0)
                .headerU8(PROTOCOL_STATIC)
                .headerU8(scope)
                .headerU8(route.type().number)
                .headerU32(route.gatewayReach() == Route.GatewayReach.ON_LINK ? RTNH_F_ONLINK : 0)
                .bytes(RTA_DST, destination)
                .u32(RTA_TABLE, route.table());
        route.gateway().ifPresent(address -> message.bytes(RTA_GATEWAY, address.getAddress()));
        route.source().ifPresent(address -> message.bytes(RTA_PREFSRC, address.getAddress()));
        if (route.linkIndex() != 0) {
            message.u32(RTA_OIF, route.linkIndex());
        }
        if (route.metric() != 0) {
            message.u32(RTA_PRIORITY, route.metric());
        }
    }

    private static Route parse(NetlinkMessage message) {
        NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
        int family = Byte.toUnsignedInt(message.header(HEADER_BYTES).get(0));
        byte[] destination =
                attributes
                        .find(RTA_DST)
                        .map(NetlinkAttribute::bytes)
                        .orElse(new byte[family == RouteFamily.INET6 ? 16 : 4]);
        boolean onLink = (message.header(HEADER_BYTES).getInt(8) & RTNH_F_ONLINK) != 0;
        return new Route(
                RouteFamily.address(destination, message.header(HEADER_BYTES).get(1)),
                attributes.find(RTA_GATEWAY).map(gateway -> IpPrefix.of(gateway.bytes())),
                attributes.find(RTA_OIF).map(NetlinkAttribute::u32).orElse(0),
                attributes.find(RTA_PREFSRC).map(source -> IpPrefix.of(source.bytes())),
                onLink ? Route.GatewayReach.ON_LINK : Route.GatewayReach.CHECKED,
                Route.Type.of(Byte.toUnsignedInt(message.header(HEADER_BYTES).get(7))),
                attributes
                        .find(RTA_TABLE)
                        .map(NetlinkAttribute::u32)
                        .orElseGet(() -> Byte.toUnsignedInt(message.header(HEADER_BYTES).get(4))),
                attributes.find(RTA_PRIORITY).map(NetlinkAttribute::u32).orElse(0));
    }
}
