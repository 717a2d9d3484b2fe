package io.fairlead.cli;

import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import java.util.ArrayList;
import java.util.List;

/// What a cluster could leave behind, as the kernel tells it.
final class HostState {
    private HostState() {}

    /// Links, addresses, routes, neighbours and tables of the host; and what is global to the machine and carries a test cluster's name.
    static List<String> of(HostNamespace host) {
        List<String> state = new ArrayList<>();
        state.add(
                host.run("ip", "-o", "link")
                        .succeeded()
                        .output()
                        .replaceAll("@\\S+|link-netns \\S+|link-netnsid \\S+|qlen \\d+", ""));
        state.add(host.run("ip", "-o", "-4", "addr").succeeded().output());
        state.add(host.run("ip", "route").succeeded().output());
        state.add(host.run("nft", "list", "ruleset").succeeded().output());
        state.add(host.run("sysctl", "-n", "net.ipv4.ip_forward").succeeded().output());
        state.add(
                host.run("ip", "-6", "route")
                        .succeeded()
                        .output()
                        .lines()
                        .filter(line -> !line.startsWith("fe80:"))
                        .toList()
                        .toString());
        state.add(host.run("sysctl", "-a", "-r", "net.ipv6.conf.(all|default|uplink)").output());
        return state;
    }

    /// Lines about the named cluster in mounts, processes and control groups.
    static List<String> traces(String clusterName) {
        List<String> traces = new ArrayList<>();
        Command.run("cat", "/proc/self/mountinfo")
                .output()
                .lines()
                .filter(line -> line.contains(clusterName))
                .forEach(traces::add);
        Command.run(
                        "find",
                        "/sys/fs/cgroup",
                        "-type",
                        "d",
                        "-path",
                        "*fairlead*/" + clusterName + "*")
                .output()
                .lines()
                .forEach(traces::add);
        Command.run("find", "/run/fairlead", "-path", "*" + clusterName + "*")
                .output()
                .lines()
                .filter(line -> line.startsWith("/"))
                .forEach(traces::add);
        Command.run("ps", "-eo", "args")
                .output()
                .lines()
                .filter(line -> line.contains("/" + clusterName + "/"))
                .forEach(traces::add);
        return traces;
    }
}
