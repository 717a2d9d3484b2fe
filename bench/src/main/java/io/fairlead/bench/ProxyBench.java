package io.fairlead.bench;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.tables.EndpointSet.Selection;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/// Measures a node's proxy without a network between: from the text of objects to rules in the kernel, all at once and one changed endpoint after the
/// other. Processor time of the one thread that does it, the kernel's part included. As root; in a network namespace of its own.
///
///     ProxyBench SERVICES ENDPOINTS-OF-EACH [CHANGES]
public final class ProxyBench {
    private static final int SLICE_MAX = 100;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final ServiceProxy proxy;
    private final int services;
    private final int endpoints;
    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
    private long version;

    private ProxyBench(ServiceProxy proxy, int services, int endpoints) {
        this.proxy = proxy;
        this.services = services;
        this.endpoints = endpoints;
    }

    public static void main(String[] arguments) {
        int changes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3000;
        Path name = Path.of("/run/netns/flb-" + UUID.randomUUID());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (NetworkNamespace namespace = NetworkNamespace.create(name);
                NetlinkKernel kernel = NetlinkKernel.of(namespace)) {
            ProxySettings settings =
                    new ProxySettings(
                            IpFamily.IPV4, "fairlead", List.of(Cidr.parse("10.96.0.0/12")));
            ServiceProxy proxy =
                    new ServiceProxy(
                            "node-1",
                            List.of(settings),
                            Selection.RANDOM,
                            kernel,
                            _ -> 0,
                            InstantSource.system(),
                            timer);
            ProxyBench bench =
                    new ProxyBench(
                            proxy, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
            bench.load();
            bench.change(changes);
        } finally {
            timer.shutdownNow();
            NetworkNamespace.delete(name);
        }
    }

    private void load() {
        List<ObjectChange> all = new ArrayList<>();
        List<byte[]> texts = new ArrayList<>();
        for (int service = 0; service < services; service++) {
            texts.add(bytes(service(service)));
            for (int slice = 0; slice * SLICE_MAX < endpoints; slice++) {
                texts.add(bytes(slice(service, slice, 0)));
            }
        }
        long begin = THREADS.getCurrentThreadCpuTime();
        for (byte[] text : texts) {
            all.add(put(JsonReader.readObject(text)));
        }
        System.out.printf(
                "%d Services x %d: %.0f CPU-ms to read, ", services, endpoints, millisSince(begin));
        begin = THREADS.getCurrentThreadCpuTime();
        proxy.accept(snapshot, new ClusterDelta(all));
        System.out.printf("%.0f CPU-ms to program, in a cold JVM%n", millisSince(begin));
    }

    private void change(int changes) {
        Figure warm = new Figure("one endpoint of one slice replaced, CPU", "ms");
        for (int i = 0; i < changes; i++) {
            int service = (i * 7) % services;
            int slice = (i * 7 / services) % ((endpoints + SLICE_MAX - 1) / SLICE_MAX);
            byte[] text = bytes(slice(service, slice, 1 + i));
            long begin = THREADS.getCurrentThreadCpuTime();
            ObjectChange change = put(JsonReader.readObject(text));
            proxy.accept(snapshot, new ClusterDelta(List.of(change)));
            if (i >= changes / 3) {
                warm.add(millisSince(begin));
            }
        }
        warm.print();
    }

    private ObjectChange put(JsonObject object) {
        ResourceType type =
                object.text("kind").equals("Service")
                        ? ResourceType.SERVICE
                        : ResourceType.ENDPOINT_SLICE;
        ObjectName name = new ObjectName("bench", object.text("metadata", "name"));
        Optional<JsonObject> before = snapshot.find(type, name);
        snapshot = snapshot.with(type, name, object);
        return new ObjectChange(type, name, before, Optional.of(object));
    }

    private String service(int number) {
        return """
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"svc-%d","namespace":"bench","uid":"uid-svc-%d",\
        "resourceVersion":"%d","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"ports":[{"name":"http",\
        "protocol":"TCP","port":80,"targetPort":8080}],"clusterIP":"%s","clusterIPs":["%s"],"type":"ClusterIP",\
        "sessionAffinity":"None","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack",\
        "internalTrafficPolicy":"Cluster"},"status":{"loadBalancer":{}}}\
        """
                .formatted(number, number, ++version, clusterIp(number), clusterIp(number));
    }

    private static String clusterIp(int number) {
        return "10.%d.%d.%d".formatted(96 + number / 62500, number / 250 % 250, 1 + number % 250);
    }

    /// @param round another one has another first endpoint
    private String slice(int service, int number, int round) {
        StringBuilder text =
                new StringBuilder(
                        """
                        {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"svc-%d-%d",\
                        "namespace":"bench","uid":"uid-%d-%d","resourceVersion":"%d",\
                        "labels":{"kubernetes.io/service-name":"svc-%d"}},"addressType":"IPv4",\
                        "ports":[{"name":"http","port":8080,"protocol":"TCP"}],"endpoints":[\
                        """
                                .formatted(service, number, service, number, ++version, service));
        int first = number * SLICE_MAX;
        for (int i = first; i < Math.min(endpoints, first + SLICE_MAX); i++) {
            int address = service * endpoints + i;
            String ip =
                    i == first && round > 0
                            ? "10.250.%d.%d".formatted(round / 250 % 250, round % 250)
                            : "10.%d.%d.%d"
                                    .formatted(
                                            200 + address / 62500,
                                            address / 250 % 250,
                                            1 + address % 250);
            text.append(i == first ? "" : ",")
                    .append("{\"addresses\":[\"")
                    .append(ip)
                    .append(
                            "\"],\"conditions\":{\"ready\":true,\"serving\":true,\"terminating\":false},")
                    .append("\"nodeName\":\"node-")
                    .append(address % 50)
                    .append("\"}");
        }
        return text.append("]}").toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static double millisSince(long beginNanos) {
        return (THREADS.getCurrentThreadCpuTime() - beginNanos) / 1e6;
    }
}
