package io.fairlead.nftables;

import io.fairlead.linux.ChangeWatch;
import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkNotifications;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetworkNamespace;
import java.util.Set;

/// Hears when somebody else changes tables: the kernel tells after each commit, so nobody has to look. What the owner commits
/// himself is sorted out by the kernel and wakes nobody.
///
/// Each message names a family and a table; a table that is deleted with everything in it is told of in the same way. Specified in
/// `linux/netfilter/nf_tables.h`, where all objects of a table have its name as their first attribute.
public final class TableWatch implements AutoCloseable {
    private static final int OBJECT_TABLE = 1;

    private final ChangeWatch watch;

    private TableWatch(ChangeWatch watch) {
        this.watch = watch;
    }

    /// Listens from now on.
    ///
    /// @param own whose commits are no news
    public static TableWatch open(NetworkNamespace namespace, NetlinkKernel own) {
        return listening(
                NetlinkNotifications.open(
                        namespace, NetlinkSocket.NETFILTER, NetlinkNotifications.TABLES),
                own);
    }

    /// As above, with room for little: what comes faster than it is heard is lost, and told as a loss.
    ///
    /// @param bufferBytes of notifications that wait
    public static TableWatch open(NetworkNamespace namespace, NetlinkKernel own, int bufferBytes) {
        return listening(
                NetlinkNotifications.open(
                        namespace,
                        NetlinkSocket.NETFILTER,
                        NetlinkNotifications.TABLES,
                        bufferBytes),
                own);
    }

    private static TableWatch listening(NetlinkNotifications notifications, NetlinkKernel own) {
        notifications.ignore(own.port());
        return new TableWatch(new ChangeWatch(notifications));
    }

    /// How often notifications were lost.
    public int losses() {
        return watch.losses();
    }

    /// Calls back after each foreign change of these tables, and when changes may have been missed, until this is closed. What happens during a
    /// call leads to one more call.
    ///
    /// Waits in native code: to be run by a platform thread of its own.
    public void listen(Set<TableName> tables, Runnable changed) {
        watch.listen(message -> touches(message, tables), changed);
    }

    private static boolean touches(NetlinkMessage message, Set<TableName> tables) {
        if (message.type() >>> 8 != NfTables.SUBSYSTEM
                || message.type() == NfTables.NEW_GENERATION) {
            return false;
        }
        int family = Byte.toUnsignedInt(message.header(NfTables.HEADER_BYTES).get(0));
        String name =
                message.attributes(NfTables.HEADER_BYTES)
                        .find(OBJECT_TABLE)
                        .map(it -> it.text())
                        .orElse("");
        return tables.stream()
                .anyMatch(it -> it.family().number() == family && it.name().equals(name));
    }

    /// Waits until a call back that is under way has ended; there is none afterwards.
    @Override
    public void close() {
        watch.close();
    }
}
