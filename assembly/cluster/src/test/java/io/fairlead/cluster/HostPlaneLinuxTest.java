package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Transaction;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HostPlaneLinuxTest {
    @Test
    void putsTheHostsTablesBackAndLeavesOthersAlone() {
        Requirement.rootAnd("nft");
        ClusterSettings settings =
                ClusterSettings.DEFAULTS.withRanges(
                        FamilyCidrs.parse("10.96.0.0/12,fd00:96::/108"),
                        FamilyCidrs.parse("10.244.0.0/16,fd00:244::/56"),
                        FamilyCidrs.parse("172.30.0.0/24,fd00:30::/64"));
        Execution execution = Execution.create();
        try (HostNamespace host = HostNamespace.create();
                NetworkNamespace namespace =
                        NetworkNamespace.open(Path.of("/run/netns", host.name()))) {
            try (NetlinkKernel kernel = NetlinkKernel.of(namespace)) {
                HostTable.of(settings).forEach(table -> kernel.commit(Transaction.replace(table)));
            }
            String before = host.run("nft", "list", "ruleset").succeeded().output();
            assertThat(before).contains("masquerade");
            try (HostPlane plane = HostPlane.start(settings, namespace, execution)) {
                assertThat(plane).isNotNull();
                host.run("nft", "flush", "ruleset").succeeded();
                awaitRules(host, before);
                host.run("nft", "add", "table", "ip", "somebodys").succeeded();
                host.run("nft", "flush", "chain", "ip6", "fairlead", "leave").succeeded();
                Await.untilAsserted(
                        Duration.ofSeconds(20),
                        () ->
                                assertThat(
                                                host.run("nft", "list", "table", "ip6", "fairlead")
                                                        .output())
                                        .contains("masquerade"));
                assertThat(host.run("nft", "list", "tables").output()).contains("somebodys");
            }
            host.run("nft", "flush", "ruleset").succeeded();
            assertThat(host.run("nft", "list", "ruleset").output()).isEmpty();
        } finally {
            execution.close();
        }
    }

    private static void awaitRules(HostNamespace host, String rules) {
        Await.untilAsserted(
                Duration.ofSeconds(20),
                () ->
                        assertThat(host.run("nft", "list", "ruleset").succeeded().output())
                                .isEqualTo(rules));
    }
}
