package io.fairlead.cli;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ServingOptions;
import io.fairlead.cluster.StandaloneApiServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fairlead apiserver`: the API server alone, in the foreground.
@Command(
        name = "apiserver",
        description =
                "serve the API alone, without controllers and nodes; runs until it is told to end")
final class ApiServerCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "FOLDER",
            description = "where objects and keys are kept (default: ${DEFAULT-VALUE})")
    Path data = Path.of("/var/lib/fairlead/apiserver");

    @Option(
            names = "--bind-address",
            paramLabel = "ADDRESS",
            description = "where the API listens (default: ${DEFAULT-VALUE})")
    String bindAddress = "0.0.0.0";

    @Option(
            names = "--secure-port",
            paramLabel = "PORT",
            description = "and at which port (default: ${DEFAULT-VALUE})")
    int port = 6443;

    @Option(
            names = "--advertise-address",
            paramLabel = "ADDRESS",
            description =
                    "where Service kubernetes leads to (default: the address it listens on, or this"
                            + " machine's first one)")
    @Nullable String advertised;

    @Option(
            names = "--service-cluster-ip-range",
            paramLabel = "RANGE[,RANGE]",
            description = "cluster IPs (default: ${DEFAULT-VALUE})")
    String services = "10.96.0.0/12";

    @Option(
            names = "--service-node-port-range",
            paramLabel = "FIRST-LAST",
            description = "node ports (default: ${DEFAULT-VALUE})")
    String nodePorts = "30000-32767";

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "where the administrator's access is written (default: admin.kubeconfig in the"
                            + " data folder)")
    @Nullable Path kubeconfig;

    @ArgGroup(exclusive = false, heading = "%nWho is let in, and how much at a time:%n")
    ServingFlags serving = new ServingFlags();

    @Override
    public Integer call() throws InterruptedException {
        if (port < 1 || port > 65535) {
            throw new ClusterException("--secure-port %d is not a port.".formatted(port));
        }
        InetAddress bound = address("--bind-address", bindAddress);
        PortRange ports = PortRange.parse("--service-node-port-range", nodePorts);
        Path folder = ClusterChoice.absolute(data);
        StandaloneApiServer server =
                StandaloneApiServer.start(
                        new StandaloneApiServer.Settings(
                                folder,
                                new InetSocketAddress(bound, port),
                                new InetSocketAddress(advertised(bound), port),
                                ranges(),
                                ports.first(),
                                ports.last(),
                                serving.options(ServingOptions.NONE)));
        Path file =
                kubeconfig == null
                        ? folder.resolve("admin.kubeconfig")
                        : ClusterChoice.absolute(kubeconfig);
        server.kubeconfig().write(file);
        System.err.printf(
                "fairlead: the API is served at %s; the administrator's access is in %s%n",
                server.kubeconfig().current().server(), file);
        NodeProcess.serve(server);
        return 0;
    }

    private FamilyCidrs ranges() {
        try {
            return FamilyCidrs.parse(services);
        } catch (IllegalArgumentException e) {
            throw new ClusterException("--service-cluster-ip-range " + e.getMessage() + ".", e);
        }
    }

    private InetAddress advertised(InetAddress bound) {
        if (advertised != null) {
            return address("--advertise-address", advertised);
        }
        boolean isReached = !bound.isAnyLocalAddress() && !bound.isLoopbackAddress();
        return isReached ? bound : firstAddress().orElse(bound);
    }

    private static Optional<InetAddress> firstAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address ->
                            !address.isLoopbackAddress()
                                    && !address.isLinkLocalAddress()
                                    && address.getAddress().length == 4)
                    .findFirst();
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    private static InetAddress address(String option, String text) {
        return IpAddress.find(text)
                .map(IpAddress::toInetAddress)
                .orElseThrow(() ->
                        new ClusterException("%s %s is not an address.".formatted(option, text)));
    }
}
