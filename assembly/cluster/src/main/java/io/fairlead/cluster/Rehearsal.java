package io.fairlead.cluster;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.RemoteTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// A start without a machine, over real HTTPS on a port of the loopback address, with a small Deployment behind a Service.
public final class Rehearsal {
    private static final String OBJECTS =
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: NodePort
              selector: {app: web}
              ports: [{name: http, port: 80, targetPort: http}]
            """;

    private Rehearsal() {}

    public static void run(ClusterSettings settings) throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        List<JsonObject> objects = YamlReader.readObjects(OBJECTS);
        try (OfflineCluster cluster = OfflineCluster.start(settings, List.of(anyPort))) {
            cluster.apply(objects);
            if (cluster.explain(settings.nodeNames().getFirst()).isEmpty()) {
                throw new IOException("the rehearsal explained nothing");
            }
            Kubeconfig administrator = cluster.kubeconfig(cluster.addresses().getFirst());
            try (RemoteTransport transport = RemoteTransport.open(administrator)) {
                KubeClient client = new KubeClient(transport);
                for (int round = 0; round < 20; round++) {
                    client.list(ResourceType.POD, "");
                    client.list(ResourceType.SERVICE, "default");
                }
            }
        }
    }
}
