package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameFilesTest {
    private static final String HOST = "nameserver 9.9.9.9\nsearch example.com\noptions edns0\n";

    private static AssignedPod pod(String spec) {
        return new AssignedPod(
                (JsonObject)
                        JsonReader.read(
                                "{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\"},\"spec\":"
                                        + spec
                                        + "}"));
    }

    private static String resolver(String spec) {
        return NameFiles.resolver(pod(spec), "10.96.0.10", "cluster.local", HOST);
    }

    @Test
    void asksTheClusterFirst() {
        assertThat(resolver("{\"dnsPolicy\":\"ClusterFirst\"}"))
                .isEqualTo(
                        """
                        search shop.svc.cluster.local svc.cluster.local cluster.local example.com
                        nameserver 10.96.0.10
                        options ndots:5
                        """);
    }

    @Test
    void takesTheNodesOwnForDefault() {
        assertThat(resolver("{\"dnsPolicy\":\"Default\"}"))
                .isEqualTo("search example.com\nnameserver 9.9.9.9\noptions edns0\n");
    }

    @Test
    void takesOnlyThePodsWordsForNone() {
        assertThat(
                        resolver(
                                "{\"dnsPolicy\":\"None\",\"dnsConfig\":{\"nameservers\":[\"1.1.1.1\"],\"searches\":[\"a.b\"],\"options\":[{\"name\":\"ndots\",\"value\":\"2\"}]}}"))
                .isEqualTo("search a.b\nnameserver 1.1.1.1\noptions ndots:2\n");
    }

    @Test
    void namesThePodInItsHostsFile() {
        String hosts =
                NameFiles.hosts(
                        pod(
                                "{\"hostname\":\"a\",\"subdomain\":\"sub\",\"hostAliases\":[{\"ip\":\"1.2.3.4\",\"hostnames\":[\"x\",\"y\"]}]}"),
                        List.of("10.244.1.5", "fd00:244:1::5"),
                        "cluster.local",
                        "");
        assertThat(hosts)
                .contains("127.0.0.1\tlocalhost\n")
                .contains("10.244.1.5\ta.sub.shop.svc.cluster.local\ta\n")
                .contains("fd00:244:1::5\ta.sub.shop.svc.cluster.local\ta\n")
                .contains("1.2.3.4\tx\ty\n");
    }
}
