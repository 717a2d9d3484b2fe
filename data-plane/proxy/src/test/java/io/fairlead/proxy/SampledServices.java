package io.fairlead.proxy;

import io.fairlead.api.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Three Services of random types and policies over the pods of a [NodeNetwork], and flows that have to do with them. All follows from the seed.
final class SampledServices {
    static final List<String> CLIENTS =
            List.of(
                    NodeNetwork.FIRST_POD,
                    NodeNetwork.SECOND_POD,
                    NodeNetwork.REMOTE_POD,
                    "node",
                    NodeNetwork.OUTSIDE);

    private static final int SERVICES = 3;

    private final Random random;

    SampledServices(Random random) {
        this.random = random;
    }

    /// What a client sends to.
    ///
    /// @param from one of [#CLIENTS]
    record Flow(String from, Protocol protocol, String address, int port) {
        @Override
        public String toString() {
            return "%s -> %s:%d/%s".formatted(from, address, port, protocol);
        }
    }

    void fill(TestCluster cluster) {
        for (int i = 1; i <= SERVICES; i++) {
            cluster.apply(service(i));
            if (random.nextInt(8) > 0) {
                cluster.endpointsAs("s" + i, endpoints());
            }
        }
    }

    private String service(int number) {
        String type = of("ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer");
        boolean hasNodePorts = !type.equals("ClusterIP");
        StringBuilder text = new StringBuilder();
        text.append("kind: Service\nmetadata:\n  name: s").append(number).append('\n');
        text.append(
                "  annotations: {fairlead.io/load-balancing: %s}\n"
                        .formatted(of("random", "round-robin", "least-connections")));
        text.append("spec:\n  type: ").append(type).append('\n');
        text.append(
                "  clusterIP: 10.96.0.%d\n  clusterIPs: [10.96.0.%d]\n".formatted(number, number));
        text.append("  ports:\n");
        text.append(
                "  - {name: http, protocol: TCP, port: 80%s}\n"
                        .formatted(hasNodePorts ? ", nodePort: " + (30080 + number) : ""));
        text.append(
                "  - {name: dns, protocol: UDP, port: 53%s}\n"
                        .formatted(hasNodePorts ? ", nodePort: " + (30050 + number) : ""));
        text.append("  sessionAffinity: ").append(of("None", "None", "ClientIP")).append('\n');
        text.append("  internalTrafficPolicy: ").append(policy()).append('\n');
        if (hasNodePorts) {
            text.append("  externalTrafficPolicy: ").append(policy()).append('\n');
        }
        if (random.nextInt(3) == 0) {
            text.append("  externalIPs: [192.0.2.%d]\n".formatted(20 + number));
        }
        if (random.nextInt(8) == 0) {
            text.append("  publishNotReadyAddresses: true\n");
        }
        if (type.equals("LoadBalancer")) {
            if (random.nextInt(3) == 0) {
                text.append(
                        "  loadBalancerSourceRanges: [%s]\n"
                                .formatted(of("172.30.0.0/24", "10.0.0.0/8")));
            }
            text.append(
                    "status:\n  loadBalancer:\n    ingress: [{ip: 172.30.200.%d}]\n"
                            .formatted(number));
        }
        return text.toString();
    }

    private String[] endpoints() {
        List<String> endpoints = new ArrayList<>();
        for (String pod :
                List.of(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD)) {
            switch (random.nextInt(5)) {
                case 0 -> {}
                case 1 ->
                        endpoints.add(
                                pod
                                        + of(
                                                " ready: false, serving: true, terminating: true",
                                                " ready: false, serving: false, terminating: false"));
                default -> endpoints.add(pod + " ready: true, serving: true, terminating: false");
            }
        }
        return endpoints.toArray(new String[0]);
    }

    private String policy() {
        return of("Cluster", "Cluster", "Local");
    }

    private String of(String... words) {
        return words[random.nextInt(words.length)];
    }

    Flow flow() {
        int service = 1 + random.nextInt(SERVICES);
        boolean isTcp = random.nextInt(3) > 0;
        int port = isTcp ? 80 : 53;
        int nodePort = (isTcp ? 30080 : 30050) + service;
        String from = CLIENTS.get(random.nextInt(CLIENTS.size()));
        Protocol protocol = isTcp ? Protocol.TCP : Protocol.UDP;
        return switch (random.nextInt(5)) {
            case 0, 1 -> new Flow(from, protocol, "10.96.0." + service, port);
            case 2 -> new Flow(from, protocol, "172.30.200." + service, port);
            case 3 -> new Flow(from, protocol, "192.0.2." + (20 + service), port);
            default ->
                    new Flow(
                            from,
                            protocol,
                            of(NodeNetwork.NODE, NodeNetwork.OTHER_NODE_ADDRESS),
                            nodePort);
        };
    }
}
