package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonArray;
import io.fairlead.api.ObjectName;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.ServiceTable;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the compiler writes, as files that people read and the real `nft` checks. `-Dgolden.update=true` rewrites them.
class ProxyGoldenTest {
    private static final Path GOLDENS = Path.of("src/test/resources/rules");

    @TempDir Path folder;

    @Test
    void printsTheFrame() throws Exception {
        assertGolden("frame.nft", NodeRules.empty(TestCluster.SETTINGS).print());
    }

    @Test
    void printsOneService() throws Exception {
        TestCluster cluster =
                new TestCluster()
                        .service("other", "10.96.0.40")
                        .endpoints("other", "10.244.2.9")
                        .service(
                                "web",
                                "10.96.0.41",
                                it ->
                                        it.put("type", "LoadBalancer")
                                                .put("sessionAffinity", "ClientIP")
                                                .put(
                                                        "loadBalancerSourceRanges",
                                                        JsonArray.ofStrings(List.of("10.0.0.0/8"))))
                        .endpoints("web", "10.244.1.3", "10.244.2.7", "10.244.2.8")
                        .loadBalancer("web", "172.30.200.1");
        ServiceTable table = table(cluster);
        NodeRules rules = ProxyCompiler.compile(TestCluster.SETTINGS, table);

        assertGolden("service.nft", rules.print(table, new ObjectName("default", "web")));
        assertThat(check(rules.print())).isEmpty();
    }

    @Test
    void nftAcceptsEveryKindOfClassInBothFamilies() throws Exception {
        for (Selection selection : Selection.values()) {
            TestCluster cluster =
                    new TestCluster()
                            .service("web", "10.96.0.41")
                            .endpoints("web", "10.244.1.3", "10.244.2.7");
            NodeRules rules =
                    ProxyCompiler.compile(
                            TestCluster.SETTINGS,
                            ServiceTable.of(cluster.snapshot(), "node-1", selection));
            assertThat(check(rules.print())).isEmpty();
        }
        ProxySettings ipv6 =
                new ProxySettings(
                        IpFamily.IPV6,
                        "fairlead",
                        List.of(Cidr.parse("fd00:96::/112"), Cidr.parse("10.96.0.0/16")));
        assertThat(check(NodeRules.empty(ipv6).print())).isEmpty();
    }

    @Test
    void theCheckBites() throws Exception {
        String bad =
                NodeRules.empty(TestCluster.SETTINGS).print().replace("goto pick", "goto pock");
        assertThat(check(bad)).contains("pock");
    }

    private static ServiceTable table(TestCluster cluster) {
        ClusterSnapshot snapshot = cluster.snapshot();
        return ServiceTable.of(snapshot, "node-1");
    }

    private void assertGolden(String file, String actual) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDENS);
            Files.writeString(GOLDENS.resolve(file), actual);
        }
        assertThat(actual).isEqualTo(Files.readString(GOLDENS.resolve(file)));
        assertThat(check(actual)).isEmpty();
    }

    private String check(String rules) throws IOException {
        Requirement.rootAnd("nft", "unshare");
        Path file = folder.resolve("rules.nft");
        Files.writeString(file, rules);
        Command nft = Command.run("unshare", "-n", "nft", "--check", "-f", file.toString());
        return nft.exitStatus() == 0 ? "" : nft.output();
    }
}
