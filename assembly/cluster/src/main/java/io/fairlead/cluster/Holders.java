package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.RemoteTransport;
import io.fairlead.client.Selection;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The [Holder]s of a cluster, and the ways to ask them. Safe for use by many threads.
final class Holders implements AutoCloseable {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);

    private final KubeClient client;
    private final List<HolderDoor> doors;
    private final List<AutoCloseable> owned;
    private final boolean hasProxies;

    private Holders(
            KubeClient client,
            List<HolderDoor> doors,
            List<AutoCloseable> owned,
            boolean hasProxies) {
        this.client = client;
        this.doors = doors;
        this.owned = owned;
        this.hasProxies = hasProxies;
    }

    /// Of a cluster on this machine.
    static Holders of(ClusterFolders folders, ClusterSettings settings, Transport transport) {
        NodeNetworks networks = new NodeNetworks(new Machine(folders), settings);
        return new Holders(
                new KubeClient(transport),
                List.of(new DialledDoor(networks)),
                List.of(networks),
                settings.has(Component.PROXY));
    }

    /// Of any cluster: by the nodes' and pods' own addresses where they can be reached from here, else by way of the API server.
    static Holders of(Kubeconfig kubeconfig) {
        RemoteTransport transport = RemoteTransport.open(kubeconfig);
        return new Holders(
                new KubeClient(transport),
                List.of(DialledDoor.here(CONNECT_WITHIN), new ServersDoor(transport)),
                List.of(transport),
                true);
    }

    /// Of the cluster that lives in this process.
    static Holders inside(KubeClient client, NodeNetworks networks, ClusterSettings settings) {
        return new Holders(
                client,
                List.of(new DialledDoor(networks)),
                List.of(),
                settings.has(Component.PROXY));
    }

    KubeClient client() {
        return client;
    }

    /// Everyone who must know Services: the proxy of every node, and every DNS server of Fairlead that may be asked.
    List<Holder> list() {
        List<Holder> holders = new ArrayList<>();
        if (hasProxies) {
            holders.addAll(Holder.proxies(client));
        }
        client
                .list(ResourceType.POD, DnsAddOn.NAMESPACE, Selection.byLabels(DnsAddOn.POD_LABEL))
                .items()
                .stream()
                .filter(Holders::isReady)
                .sorted(Comparator.comparing(pod -> pod.text("metadata", "name")))
                .forEach(pod ->
                        holders.add(
                                new Holder(
                                        Holder.Kind.DNS,
                                        pod.text("metadata", "name"),
                                        pod.text("spec", "nodeName"),
                                        IpAddress.parse(pod.text("status", "podIP")))));
        return holders;
    }

    private static boolean isReady(JsonObject pod) {
        return !pod.text("status", "podIP").isEmpty()
                && !pod.has("metadata", "deletionTimestamp")
                && pod.list("status", "conditions").stream()
                        .anyMatch(condition ->
                                condition.text("type").equals("Ready")
                                        && condition.text("status").equals("True"));
    }

    /// Posts a question to one of them, by the first way that leads there.
    ///
    /// @param path with its query
    /// @param limit how long the answer may take
    /// @throws IOException when there is no answer; the message is why, for people
    JsonObject ask(Holder holder, String path, JsonObject question, Duration limit)
            throws IOException {
        String why = "";
        for (HolderDoor door : doors) {
            try {
                return door.post(holder, path, question, limit);
            } catch (IOException e) {
                why = e.getMessage() == null ? e.toString() : e.getMessage();
            }
        }
        throw new IOException(why);
    }

    @Override
    public void close() {
        owned.forEach(Closing::quietly);
    }
}
