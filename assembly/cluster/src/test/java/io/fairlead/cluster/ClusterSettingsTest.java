package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpFamily;
import org.junit.jupiter.api.Test;

class ClusterSettingsTest {
    private static ClusterSettings with(String services, String pods, String nodes) {
        return ClusterSettings.DEFAULTS.withRanges(
                FamilyCidrs.parse(services), FamilyCidrs.parse(pods), FamilyCidrs.parse(nodes));
    }

    @Test
    void numbersBothFamiliesAlike() {
        ClusterSettings settings =
                with(
                        "fd00:96::/108,10.96.0.0/16",
                        "fd00:244::/56,10.244.0.0/16",
                        "fd00:30::/64,172.30.0.0/24");
        assertThat(settings.families()).containsExactly(IpFamily.IPV6, IpFamily.IPV4);
        assertThat(settings.nodeAddresses(2))
                .containsExactly(Cidr.literal("fd00:30::c"), Cidr.literal("172.30.0.12"));
        assertThat(settings.podCidrs(2)).hasToString("fd00:244:0:2::/64,10.244.2.0/24");
        assertThat(settings.hostAddress()).isEqualTo(Cidr.literal("fd00:30::1"));
        assertThat(settings.dnsServiceAddresses())
                .containsExactly(Cidr.literal("fd00:96::a"), Cidr.literal("10.96.0.10"));
        assertThat(ClusterSettings.of(settings.tree())).isEqualTo(settings);
    }

    @Test
    void dividesASmallRangeOfPodsToo() {
        assertThat(with("fd00:96::/108", "fd00:244::/112", "fd00:30::/64").podCidrs(1))
                .hasToString("fd00:244::100/120");
    }

    @Test
    void namesTheOptionWhoseFamiliesDiffer() {
        assertThatThrownBy(
                        () -> with("10.96.0.0/16,fd00:96::/108", "10.244.0.0/16", "172.30.0.0/24"))
                .isInstanceOf(ClusterException.class)
                .hasMessage(
                        "--pod-cidr 10.244.0.0/16 is IPv4 alone, but --service-cidr"
                                + " 10.96.0.0/16,fd00:96::/108 is IPv4 and IPv6: give all ranges the"
                                + " same families in the same order.");
        assertThatThrownBy(() ->
                        with(
                                "10.96.0.0/16,fd00:96::/108",
                                "10.244.0.0/16,fd00:244::/56",
                                "fd00:30::/64,172.30.0.0/24"))
                .hasMessageStartingWith("--node-cidr fd00:30::/64,172.30.0.0/24 is IPv6 and IPv4");
    }

    @Test
    void refusesRangesWithoutRoom() {
        assertThatThrownBy(() -> with("fd00:96::/48", "fd00:244::/56", "fd00:30::/64"))
                .hasMessage("--service-cidr fd00:96::/48 is not between a /64 and a /124.");
        assertThatThrownBy(() -> with("fd00:96::/112", "fd00:244::/120", "fd00:30::/64"))
                .hasMessage(
                        "--pod-cidr fd00:244::/120 has no room for a /128 for each of 3 nodes.");
        assertThatThrownBy(() -> with("fd00:96::/112", "fd00:244::/56", "fd00:30::/127"))
                .hasMessage("--node-cidr fd00:30::/127 has no room for 3 nodes.");
    }
}
