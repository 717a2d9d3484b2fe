package io.fairlead.cluster;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.ForeignRules;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Takes away what a proxy left on this machine: its socket programs, and in the network namespace of this process its own tables, those of kube-proxy in
/// mode nftables, and the chains that kube-proxy made by iptables. Whatever else is there stays.
public final class ProxyCleanUp {
    private static final Path LEGACY = Path.of("/proc/net/ip_tables_names");

    private ProxyCleanUp() {}

    /// @param say told of everything that was removed
    public static void run(Consumer<String> say) {
        boolean isAnything = false;
        try (NetworkNamespace namespace = NetworkNamespace.current();
                NetlinkKernel kernel = NetlinkKernel.of(namespace);
                ForeignRules foreign = ForeignRules.open(namespace)) {
            List<TableName> present = foreign.tables();
            for (String name : List.of("kube-proxy", NodePlane.PROXY_TABLE)) {
                for (TableName.Family family : List.of(TableName.Family.IP, TableName.Family.IP6)) {
                    TableName table = new TableName(family, name);
                    if (present.contains(table)) {
                        kernel.commit(Transaction.deleteTable(table));
                        say.accept("Removed nftables table " + table);
                        isAnything = true;
                    }
                }
            }
            for (TableName table : present) {
                if (List.of("nat", "filter", "mangle").contains(table.name())) {
                    int chains = foreign.removeChains(table, ProxyCleanUp::isOfKubeProxy);
                    if (chains > 0) {
                        say.accept(
                                "Removed %d chains KUBE-* of iptables from table %s"
                                        .formatted(chains, table));
                        isAnything = true;
                    }
                }
            }
        }
        for (String node : PodSockets.attached()) {
            PodSockets.remove(node, RandomGenerator.getDefault());
            say.accept("Removed the socket programs of " + node);
            isAnything = true;
        }
        PodSockets.removeFiles();
        if (hasLegacyRules()) {
            say.accept(
                    "The older iptables has tables here too; what kube-proxy made by it is removed by"
                            + " \"kube-proxy --cleanup\".");
        } else if (!isAnything) {
            say.accept("There is nothing to remove.");
        }
    }

    /// The kubelet has chains of that prefix too.
    private static boolean isOfKubeProxy(String chain) {
        return chain.startsWith("KUBE-")
                && !chain.equals("KUBE-FIREWALL")
                && !chain.startsWith("KUBE-KUBELET-");
    }

    private static boolean hasLegacyRules() {
        try {
            return Files.exists(LEGACY) && !Files.readString(LEGACY).isBlank();
        } catch (IOException e) {
            return false;
        }
    }
}
