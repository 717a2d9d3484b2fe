package io.fairlead.linux;

/// Hears when routes, the rules that choose among their tables, and permanent neighbours of one network namespace change, whoever changes them: the kernel tells, so nobody has to look. What
/// neighbours say of themselves wakes nobody for long: only entries that are permanent, or go, are told of.
public final class RouteWatch implements AutoCloseable {
    /// `RTNLGRP_…` of `linux/rtnetlink.h`.
    private static final int NEIGHBOURS = 3;

    private static final int IPV4_ROUTES = 7;
    private static final int IPV4_RULES = 8;
    private static final int IPV6_ROUTES = 11;
    private static final int IPV6_RULES = 19;

    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_DELNEIGH = 29;
    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;

    private final ChangeWatch watch;

    private RouteWatch(ChangeWatch watch) {
        this.watch = watch;
    }

    /// Listens from now on.
    public static RouteWatch open(NetworkNamespace namespace) {
        return new RouteWatch(
                new ChangeWatch(
                        NetlinkNotifications.open(namespace, NetlinkSocket.ROUTE, IPV4_ROUTES)
                                .and(IPV6_ROUTES)
                                .and(IPV4_RULES)
                                .and(IPV6_RULES)
                                .and(NEIGHBOURS)));
    }

    /// Calls back after changes, and when changes may have been missed, until this is closed. What happens during a call, the caller's own changes included, leads to one more
    /// call: it must come to rest.
    ///
    /// Waits in native code: to be run by a platform thread of its own.
    public void listen(Runnable changed) {
        watch.listen(RouteWatch::touches, changed);
    }

    private static boolean touches(NetlinkMessage message) {
        return switch (message.type()) {
            case RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE, RTM_DELRULE, RTM_DELNEIGH -> true;
            case RTM_NEWNEIGH -> Neighbours.isPermanent(message);
            default -> false;
        };
    }

    /// Waits until a call back that is under way has ended; there is none afterwards.
    @Override
    public void close() {
        watch.close();
    }
}
