package io.fairlead.cli;

import io.fairlead.api.Cidr;
import io.fairlead.client.ApiAccess;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.KubeProxyFile;
import io.fairlead.cluster.ProxyCleanUp;
import io.fairlead.cluster.ProxyManifest;
import io.fairlead.cluster.ProxyRehearsal;
import io.fairlead.cluster.SocketGroup;
import io.fairlead.cluster.StandaloneProxy;
import io.fairlead.cluster.TrackingLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead proxy`: the Service proxy alone, on a node of any Kubernetes. Its options are kube-proxy's, where they mean something here.
@Command(
        name = "proxy",
        description =
                "be the Service proxy of this node, for any Kubernetes; the rules stay when it ends",
        subcommands = ProxyCommand.Manifest.class)
final class ProxyCommand implements Callable<Integer> {
    private static final int HEALTH_PORT = 10256;
    private static final int METRICS_PORT = 10249;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "how to reach the API server (default: as the pod that this runs in)")
    @Nullable Path kubeconfig;

    @Option(
            names = {"--node-name", "--hostname-override"},
            paramLabel = "NAME",
            description = "the node's name (default: $NODE_NAME, else the host's name)")
    @Nullable String nodeName;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "a KubeProxyConfiguration; options on the command line come first")
    @Nullable Path config;

    @Option(
            names = "--cluster-cidr",
            paramLabel = "RANGE",
            split = ",",
            description = "the pods' ranges of one family or both, where nodes do not tell theirs")
    List<String> clusterCidr = List.of();

    @Option(
            names = "--socket-cgroup",
            paramLabel = "GROUP",
            description =
                    "lead sockets of processes below this control group of version 2 to endpoints when"
                            + " they connect (default: the one of pods, where it is found; none: by"
                            + " nftables alone)")
    String socketGroup = "";

    @Option(
            names = "--healthz-bind-address",
            paramLabel = "ADDRESS",
            description =
                    "where /healthz and /arrived answer (default: 0.0.0.0:10256; \"\": nowhere)")
    @Nullable String health;

    @Option(
            names = "--metrics-bind-address",
            paramLabel = "ADDRESS",
            description =
                    "where /metrics and /proxyMode answer (default: 127.0.0.1:10249; \"\": nowhere)")
    @Nullable String metrics;

    @Option(
            names = "--nodeport-addresses",
            paramLabel = "RANGE",
            split = ",",
            description = "only all addresses of the node are possible: 0.0.0.0/0")
    List<String> nodePortAddresses = List.of();

    @Option(
            names = "--proxy-mode",
            paramLabel = "MODE",
            description = "nftables; iptables and ipvs are taken for it, with a word")
    @Nullable String mode;

    @Option(names = "--conntrack-max-per-core", paramLabel = "N")
    @Nullable Integer maxPerCore;

    @Option(names = "--conntrack-min", paramLabel = "N")
    @Nullable Integer least;

    @Option(
            names = "--conntrack-tcp-timeout-established",
            paramLabel = "TIME",
            converter = DurationWord.class)
    @Nullable Duration established;

    @Option(
            names = "--conntrack-tcp-timeout-close-wait",
            paramLabel = "TIME",
            converter = DurationWord.class)
    @Nullable Duration closeWait;

    @Option(names = "--conntrack-udp-timeout", paramLabel = "TIME", converter = DurationWord.class)
    @Nullable Duration udp;

    @Option(
            names = "--conntrack-udp-timeout-stream",
            paramLabel = "TIME",
            converter = DurationWord.class)
    @Nullable Duration udpStream;

    @Option(
            names = "--cleanup",
            description = "remove what kube-proxy and this proxy left on the node, and end")
    boolean isCleanUp;

    @Option(names = "--rehearse", hidden = true)
    boolean isRehearsal;

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (isCleanUp) {
            ProxyCleanUp.run(System.out::println);
            return 0;
        }
        KubeProxyFile file =
                config == null
                        ? KubeProxyFile.NONE
                        : KubeProxyFile.read(ClusterChoice.absolute(config));
        if (isRehearsal) {
            ProxyRehearsal.run(access(file));
            return 0;
        }
        file.ignored().forEach(it -> System.err.println("fairlead: --config: " + it));
        acceptMode(mode == null ? file.mode() : mode);
        acceptNodePorts(nodePortAddresses.isEmpty() ? file.nodePortAddresses() : nodePortAddresses);
        StandaloneProxy.Settings settings = settings(file);
        StandaloneProxy proxy = StandaloneProxy.start(settings, access(file));
        System.err.printf(
                "fairlead: the Service proxy of %s runs; health at %s, metrics at %s%n",
                settings.nodeName(), where(settings.health()), where(settings.metrics()));
        NodeProcess.serve(proxy);
        return 0;
    }

    /// `fairlead proxy manifest`.
    @Command(
            name = "manifest",
            description = "print what installs the proxy on every node of a cluster")
    static final class Manifest implements Callable<Integer> {
        @Mixin ManifestOptions options = new ManifestOptions();

        @Override
        public Integer call() {
            System.out.print(ProxyManifest.text(options.image, options.server));
            return 0;
        }
    }

    private StandaloneProxy.Settings settings(KubeProxyFile file) {
        TrackingLimits limits = file.tracking();
        return new StandaloneProxy.Settings(
                node(file),
                ranges(clusterCidr.isEmpty() ? file.clusterCidr() : clusterCidr),
                address(
                        "--healthz-bind-address",
                        health == null ? file.health().orElse("0.0.0.0:" + HEALTH_PORT) : health,
                        HEALTH_PORT),
                address(
                        "--metrics-bind-address",
                        metrics == null
                                ? file.metrics().orElse("127.0.0.1:" + METRICS_PORT)
                                : metrics,
                        METRICS_PORT),
                new TrackingLimits(
                        maxPerCore == null ? limits.perCore() : maxPerCore,
                        least == null ? limits.least() : least,
                        Optional.ofNullable(established).or(limits::established),
                        Optional.ofNullable(closeWait).or(limits::closeWait),
                        Optional.ofNullable(udp).or(limits::udp),
                        Optional.ofNullable(udpStream).or(limits::udpStream)),
                SocketGroup.of(socketGroup));
    }

    private String node(KubeProxyFile file) {
        return NodeProcess.nodeName(nodeName == null ? file.nodeName() : nodeName);
    }

    private ApiAccess access(KubeProxyFile file) {
        return NodeProcess.access(
                kubeconfig == null
                        ? file.kubeconfig()
                        : Optional.of(ClusterChoice.absolute(kubeconfig)));
    }

    private static void acceptMode(String mode) {
        switch (mode) {
            case "", "nftables" -> {}
            case "iptables", "ipvs" ->
                    System.err.printf(
                            "fairlead: mode %s is asked for; Fairlead programs nftables, which does"
                                    + " the same for Services. Run \"fairlead proxy --cleanup\" once to"
                                    + " remove what the other mode left.%n",
                            mode);
            default ->
                    throw new ClusterException("--proxy-mode %s: choose nftables.".formatted(mode));
        }
    }

    private static void acceptNodePorts(List<String> ranges) {
        for (String range : ranges) {
            if (!range.isEmpty() && !range.equals("0.0.0.0/0") && !range.equals("::/0")) {
                throw new ClusterException(
                        "--nodeport-addresses %s: node ports answer on every address of the node; leave it out, and narrow it by a firewall."
                                .formatted(range));
            }
        }
    }

    private static List<Cidr> ranges(List<String> words) {
        List<Cidr> ranges = new ArrayList<>();
        for (String word : words) {
            try {
                if (!word.isBlank()) {
                    ranges.add(Cidr.parse(word.strip()));
                }
            } catch (IllegalArgumentException e) {
                throw new ClusterException("--cluster-cidr " + e.getMessage() + ".", e);
            }
        }
        return ranges;
    }

    private static Optional<InetSocketAddress> address(String option, String text, int usualPort) {
        if (text.isBlank()) {
            return Optional.empty();
        }
        boolean hasPort =
                text.matches(".*(\\]|[^:]*[^:\\]]):[0-9]{1,5}")
                        && !text.matches("[0-9a-fA-F:]*::[0-9a-fA-F:]*");
        String host = hasPort ? text.substring(0, text.lastIndexOf(':')) : text;
        int port =
                hasPort ? Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)) : usualPort;
        if (port == 0) {
            return Optional.empty();
        }
        try {
            String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(literal), port));
        } catch (IllegalArgumentException e) {
            throw new ClusterException(
                    "%s %s is not an address like 0.0.0.0:%d.".formatted(option, text, usualPort),
                    e);
        }
    }

    private static String where(Optional<InetSocketAddress> address) {
        return address.map(it -> it.getAddress().getHostAddress() + ":" + it.getPort())
                .orElse("no address");
    }
}
