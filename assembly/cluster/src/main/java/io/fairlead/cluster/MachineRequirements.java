package io.fairlead.cluster;

import io.fairlead.api.IpFamily;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.TableName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a machine must have before anything is made on it.
final class MachineRequirements {
    private static final List<Path> BUSYBOXES =
            List.of(
                    Path.of("/bin/busybox"),
                    Path.of("/usr/bin/busybox"),
                    Path.of("/usr/sbin/busybox"),
                    Path.of("/sbin/busybox"));

    private static final String IPV6 = "ipv6/conf/all/forwarding";

    private MachineRequirements() {}

    /// @throws ClusterException with a sentence for the first thing that is missing
    static void check(ClusterSettings settings) {
        if (!"root".equals(System.getProperty("user.name"))) {
            throw new ClusterException("network namespaces need root: run it with sudo.");
        }
        requireFreePort(settings.apiPort());
        try (NetworkNamespace here = NetworkNamespace.current();
                NetlinkKernel kernel = NetlinkKernel.of(here)) {
            for (TableName table : HostTable.names(settings.name())) {
                kernel.read(table);
            }
            if (settings.families().contains(IpFamily.IPV6) && !here.hasSysctl(IPV6)) {
                throw new ClusterException(
                        "this kernel has no IPv6: leave the IPv6 ranges out of --service-cidr,"
                                + " --pod-cidr and --node-cidr.");
            }
        } catch (NftablesException | LinuxException e) {
            throw new ClusterException(
                    "this kernel offers no nftables (%s): load the module nf_tables, or use a kernel with CONFIG_NF_TABLES."
                            .formatted(e.getMessage()),
                    e);
        }
        if (settings.nodes() > 0) {
            busybox();
        }
    }

    /// The machine's static busybox, of which the example image is made.
    static Path busybox() {
        return BUSYBOXES.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new ClusterException(
                                "there is no busybox for the example image: install the package"
                                        + " busybox-static (Debian, Ubuntu) or busybox (Fedora)."));
    }

    private static void requireFreePort(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new ClusterException(
                    "port %d is taken on 127.0.0.1: end what listens there, or choose another one with --api-port."
                            .formatted(port),
                    e);
        }
    }
}
