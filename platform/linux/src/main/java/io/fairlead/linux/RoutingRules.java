package io.fairlead.linux;

/// The rules of one network namespace that say which routing table a packet is looked up in. Obtained from [NetworkStack].
public final class RoutingRules {
    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_TABLE = 15;
    private static final int TO_TABLE = 1;

    private final NetlinkSocket socket;

    RoutingRules(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// Of which family's packets a rule speaks.
    public enum Family {
        IPV4(RouteFamily.INET),
        IPV6(RouteFamily.INET6);

        private final int number;

        Family(int number) {
            this.number = number;
        }
    }

    /// Packets with this mark are routed by a table of their own. Nothing happens when there is such a rule.
    ///
    /// @param priority rules are tried in rising order; the main table comes at 32766
    public void add(Family family, int mark, int table, int priority) {
        try {
            socket.exchange(
                    "add routing rule",
                    "for mark " + mark,
                    RTM_NEWRULE,
                    NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
                    message -> write(message, family, mark, table, priority));
        } catch (NetlinkException e) {
            if (!e.errno().equals(Errno.EEXIST)) {
                throw e;
            }
        }
    }

    /// @return whether there was such a rule
    public boolean delete(Family family, int mark, int table, int priority) {
        try {
            socket.exchange(
                    "delete routing rule",
                    "for mark " + mark,
                    RTM_DELRULE,
                    0,
                    message -> write(message, family, mark, table, priority));
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    /// `struct fib_rule_hdr`, then attributes.
    private static void write(
            NetlinkWriter message, Family family, int mark, int table, int priority) {
        message.headerU8(family.number)
                .headerU8(0)
                .headerU8(0)
                .headerU8(0)
                .headerU8(table < 256 ? table : 0)
                .headerU8(0)
                .headerU8(0)
                .headerU8(TO_TABLE)
                .headerU32(0)
                .u32(FRA_PRIORITY, priority)
                .u32(FRA_FWMARK, mark)
                .u32(FRA_TABLE, table);
    }
}
