package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// Whether a cluster does what it is for: nodes are Ready, proxies in step, and a name resolves through the Service of the DNS.
final class Readiness {
    private static final long PAUSE_NANOS = 2_000_000;
    private static final int DNS_PORT = 53;
    private static final int PATIENCE_MILLIS = 50;

    private static final int ADDRESS_IPV4 = 1;
    private static final int ADDRESS_IPV6 = 28;

    private final ClusterSettings settings;
    private final KubeClient client;
    private final NodeGroup nodes;
    private final NodeNetworks networks;
    private final boolean isNameWanted;

    /// For the address of kubernetes.default.svc.cluster.local, as a query is written on the wire.
    private final byte[] query;

    Readiness(
            ClusterSettings settings,
            KubeClient client,
            NodeGroup nodes,
            NodeNetworks networks,
            boolean isNameWanted) {
        this.settings = settings;
        this.client = client;
        this.nodes = nodes;
        this.networks = networks;
        this.isNameWanted = isNameWanted;
        boolean isIpv6 = settings.families().getFirst() == IpFamily.IPV6;
        this.query =
                query(
                        isIpv6 ? ADDRESS_IPV6 : ADDRESS_IPV4,
                        "kubernetes",
                        "default",
                        "svc",
                        "cluster",
                        "local");
    }

    void await(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        Optional<String> missing = missing();
        while (missing.isPresent()) {
            if (System.nanoTime() > deadline) {
                throw new ClusterException(
                        "the cluster is not ready after %d s: %s."
                                .formatted(limit.toSeconds(), missing.get()));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            missing = missing();
        }
    }

    /// What is still to come; empty when the cluster is ready.
    private Optional<String> missing() {
        if (settings.nodes() == 0) {
            return Optional.empty();
        }
        List<JsonObject> known = client.list(ResourceType.NODE, "").items();
        for (String name : settings.nodeNames()) {
            if (known.stream()
                    .noneMatch(node ->
                            node.text("metadata", "name").equals(name)
                                    && new Node(node).isReady())) {
                return Optional.of(name + " is not Ready");
            }
        }
        if (settings.has(Component.PROXY)
                && !nodes.nodes().stream().allMatch(NodePlane::isProgrammed)) {
            return Optional.of("a node's Service rules are not in the kernel");
        }
        return isNameWanted && settings.has(Component.PROXY) && !resolves()
                ? Optional.of(
                        "kubernetes.default.svc.cluster.local does not resolve at "
                                + IpAddress.of(settings.dnsServiceAddress()))
                : Optional.empty();
    }

    /// Asks as a process on the first node does.
    private boolean resolves() {
        try (DatagramChannel channel = networks.openDatagram(settings.nodeNames().getFirst())) {
            channel.connect(new InetSocketAddress(settings.dnsServiceAddress(), DNS_PORT));
            channel.write(ByteBuffer.wrap(query));
            channel.configureBlocking(false);
            ByteBuffer answer = ByteBuffer.allocate(512);
            long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
            while (System.nanoTime() < deadline) {
                if (channel.read(answer) > 0) {
                    // No error, and at least one answer.
                    return (answer.get(3) & 0x0f) == 0 && answer.getShort(6) > 0;
                }
                LockSupport.parkNanos(PAUSE_NANOS / 4);
            }
            return false;
        } catch (IOException e) {
            // Refused as long as the Service has no endpoint.
            return false;
        }
    }

    private static byte[] query(int type, String... labels) {
        ByteBuffer query = ByteBuffer.allocate(128);
        query.putShort((short) 0x0fa1)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0);
        for (String label : labels) {
            byte[] text = label.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            query.put((byte) text.length).put(text);
        }
        query.put((byte) 0).putShort((short) type).putShort((short) 1);
        byte[] bytes = new byte[query.position()];
        query.flip().get(bytes);
        return bytes;
    }
}
