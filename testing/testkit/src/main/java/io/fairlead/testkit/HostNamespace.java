package io.fairlead.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/// A network namespace that plays the host, so that nothing of a test stays on the machine's own network. It has a loopback link
/// that is up, a link `uplink` to a second namespace that plays the world outside, and is gone after [#close].
public final class HostNamespace implements AutoCloseable {
    /// Where the world outside answers, from a range that documentation reserves.
    public static final String WORLD_ADDRESS = "198.51.100.2";

    /// The same in IPv6.
    public static final String WORLD_ADDRESS_IPV6 = "2001:db8:51::2";

    private static final Duration CARRIER_PATIENCE = Duration.ofSeconds(10);

    private final String name;

    private HostNamespace(String name) {
        this.name = name;
    }

    public static HostNamespace create() {
        Requirement.rootAnd("ip", "nsenter");
        HostNamespace host =
                new HostNamespace("flt-" + UUID.randomUUID().toString().substring(0, 8));
        Command.run("ip", "netns", "add", host.name).succeeded();
        Command.run("ip", "netns", "add", host.world()).succeeded();
        host.run("ip", "link", "set", "lo", "up").succeeded();
        host.run(
                        "ip",
                        "link",
                        "add",
                        "uplink",
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "eth0",
                        "netns",
                        host.world())
                .succeeded();
        host.run("ip", "addr", "add", "198.51.100.1/24", "dev", "uplink").succeeded();
        host.run("ip", "link", "set", "uplink", "up").succeeded();
        host.runInWorld("ip", "addr", "add", WORLD_ADDRESS + "/24", "dev", "eth0").succeeded();
        host.runInWorld("ip", "link", "set", "lo", "up").succeeded();
        host.runInWorld("ip", "link", "set", "eth0", "up").succeeded();
        host.run("ip", "route", "add", "default", "via", WORLD_ADDRESS).succeeded();
        host.awaitCarrier();
        return host;
    }

    /// The kernel tells of a carrier some time after both ends are up; a test that compares the host's state would meet that change.
    private void awaitCarrier() {
        long deadline = System.nanoTime() + CARRIER_PATIENCE.toNanos();
        while (!run("ip", "-o", "link", "show", "uplink")
                .succeeded()
                .output()
                .contains("state UP")) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("The uplink of " + name + " got no carrier.");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// Gives the host and the world outside IPv6 addresses too, and the host a way out.
    public void addIpv6() {
        run("ip", "addr", "add", "2001:db8:51::1/64", "dev", "uplink", "nodad").succeeded();
        runInWorld("ip", "addr", "add", WORLD_ADDRESS_IPV6 + "/64", "dev", "eth0", "nodad")
                .succeeded();
        run("ip", "-6", "route", "add", "default", "via", WORLD_ADDRESS_IPV6).succeeded();
    }

    public String name() {
        return name;
    }

    /// The namespace beyond the uplink. It has no route back, so only what the host masquerades reaches it.
    public String world() {
        return name + "-world";
    }

    public Command run(String... words) {
        return run(Map.of(), words);
    }

    public Command run(Map<String, String> environment, String... words) {
        return Command.run(environment, inside(name, words));
    }

    public Command runInWorld(String... words) {
        return Command.run(Map.of(), inside(world(), words));
    }

    /// A command line that runs `words` in this namespace.
    public List<String> inside(String... words) {
        return inside(name, words);
    }

    // Not by "ip netns exec", which makes a mount namespace too: what a command mounts there, the
    // next would not see.
    private static List<String> inside(String namespace, String... words) {
        List<String> line =
                new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace, "--"));
        line.addAll(List.of(words));
        return line;
    }

    @Override
    public void close() {
        Command.run("ip", "netns", "delete", world());
        Command.run("ip", "netns", "delete", name);
    }
}
