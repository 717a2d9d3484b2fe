package io.fairlead.node;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What one node is told about itself and its cluster.
///
/// @param cluster the cluster's name, which everything on the machine carries
/// @param name the node's name
/// @param addresses where others reach the node, one or two of different families; the first one is the primary one
/// @param podRanges its pods' addresses, in the same families; the first address of each is the gateway
/// @param namespace the file of its network namespace
/// @param runDirectory the cluster's directory for what must not outlive the machine's uptime: namespaces, states of containers; shared by its nodes
/// @param podsDirectory the cluster's directory, on a disk, for the pods' root file systems, volumes and logs; shared by its nodes
/// @param dnsAddress the cluster's name server, for pods
/// @param clusterDomain such as `cluster.local`
/// @param capacity `cpu`, `memory`, `pods` and so on, as quantities
/// @param labels beyond those that every node has
public record NodeSettings(
        String cluster,
        String name,
        List<InetAddress> addresses,
        FamilyCidrs podRanges,
        Path namespace,
        Path runDirectory,
        Path podsDirectory,
        InetAddress dnsAddress,
        String clusterDomain,
        Map<String, String> capacity,
        Map<String, String> labels) {
    /// The group that holds those of all clusters of a machine.
    public static final String CGROUPS = "fairlead";

    /// Where the node agent serves its own API.
    public static final int API_PORT = 10250;

    /// What the names of the pods' namespaces begin with; those of the nodes are beside them.
    public static final String POD_NAMESPACES = "pod-";

    /// The node's own addresses among its pods.
    public List<InetAddress> podGateways() {
        return podRanges.list().stream().map(range -> range.address(1)).toList();
    }

    /// The group of all its containers.
    public String cgroup() {
        return clusterCgroup(cluster) + "/" + name;
    }

    /// The group of all containers of a cluster.
    public static String clusterCgroup(String cluster) {
        return CGROUPS + "/" + cluster;
    }

    public NodeSettings {
        addresses = List.copyOf(addresses);
    }

    /// The primary one.
    public InetAddress address() {
        return addresses.getFirst();
    }

    /// The primary one first.
    List<String> addressTexts() {
        return addresses.stream().map(address -> IpAddress.of(address).toString()).toList();
    }

    PodFolders pod(String uid) {
        return new PodFolders(pods().resolve(uid), namespaces().resolve(POD_NAMESPACES + uid));
    }

    Path pods() {
        return podsDirectory.resolve(name);
    }

    /// The files of the network namespaces that the node's containers are in now, its own included.
    public List<Path> containerNamespaces() {
        List<Path> namespaces = new ArrayList<>();
        namespaces.add(namespace);
        String[] uids = pods().toFile().list();
        for (String uid : uids == null ? new String[0] : uids) {
            Path file = pod(uid).namespace();
            if (Files.exists(file)) {
                namespaces.add(file);
            }
        }
        return namespaces;
    }

    private Path namespaces() {
        return runDirectory.resolve("netns");
    }
}
