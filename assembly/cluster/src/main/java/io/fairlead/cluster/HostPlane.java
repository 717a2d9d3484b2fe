package io.fairlead.cluster;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.KeptTable;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.TableWatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Keeps the host's tables as the machine made them, whatever else on the host flushes rules: told by the kernel, so nobody looks again and again.
final class HostPlane implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HostPlane.class.getName());

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final NetlinkKernel kernel;
    private final List<Ruleset> wanted;

    private HostPlane(NetlinkKernel kernel, List<Ruleset> wanted) {
        this.kernel = kernel;
        this.wanted = wanted;
    }

    /// @param host where the cluster's tables are already
    static HostPlane start(ClusterSettings settings, NetworkNamespace host, Execution execution) {
        NetlinkKernel kernel = NetlinkKernel.of(host);
        TableWatch watch = TableWatch.open(host, kernel);
        HostPlane plane = new HostPlane(kernel, HostTable.of(settings));
        plane.open.push(kernel);
        plane.open.push(watch);
        Set<TableName> names = new HashSet<>();
        plane.wanted.forEach(table -> names.add(table.table()));
        execution.threads().newThread(() -> watch.listen(names, plane::mend)).start();
        return plane;
    }

    /// Runs on the thread that listens, and so never twice at once.
    private void mend() {
        for (Ruleset table : wanted) {
            try {
                if (new KeptTable(kernel, table.table()).mend(table)) {
                    LOG.log(System.Logger.Level.INFO, "repaired table {0}", table.table());
                }
            } catch (NftablesException e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "{0}; pods may not reach beyond the host until the next change",
                        e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
