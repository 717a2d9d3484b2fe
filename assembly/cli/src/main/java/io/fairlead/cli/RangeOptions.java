package io.fairlead.cli;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.cluster.ClusterException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The ranges of addresses that a person may choose: each in IPv4, in IPv6, or in both with a comma between, the primary family first.
final class RangeOptions {
    @Option(
            names = "--service-cidr",
            paramLabel = "RANGE[,RANGE]",
            description =
                    "cluster IPs; this and the other ranges in IPv4, IPv6 or both, the primary"
                            + " family first (default: 10.96.0.0/12)")
    @Nullable String serviceCidr;

    @Option(
            names = "--pod-cidr",
            paramLabel = "RANGE[,RANGE]",
            description =
                    "pods, of IPv4 a /24 and of IPv6 a /64 for each node (default: 10.244.0.0/16)")
    @Nullable String podCidr;

    @Option(
            names = "--node-cidr",
            paramLabel = "RANGE[,RANGE]",
            description = "nodes and the host (default: 172.30.0.0/24)")
    @Nullable String nodeCidr;

    /// @throws ClusterException that names the option when it cannot be read
    FamilyCidrs services(FamilyCidrs otherwise) {
        return read("--service-cidr", serviceCidr, otherwise);
    }

    /// @throws ClusterException as [#services]
    FamilyCidrs pods(FamilyCidrs otherwise) {
        return read("--pod-cidr", podCidr, otherwise);
    }

    /// @throws ClusterException as [#services]
    FamilyCidrs nodes(FamilyCidrs otherwise) {
        return read("--node-cidr", nodeCidr, otherwise);
    }

    private static FamilyCidrs read(String option, @Nullable String text, FamilyCidrs otherwise) {
        try {
            return text == null ? otherwise : FamilyCidrs.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ClusterException(option + " " + e.getMessage() + ".", e);
        }
    }
}
