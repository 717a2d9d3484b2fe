package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CidrTest {
    @Test
    void knowsItsAddresses() {
        Cidr services = Cidr.parse("10.96.0.0/12");

        assertThat(services.address(10)).isEqualTo(Cidr.literal("10.96.0.10"));
        assertThat(services.contains(Cidr.literal("10.111.255.255"))).isTrue();
        assertThat(services.contains(Cidr.literal("10.112.0.0"))).isFalse();
        assertThat(services.size()).isEqualTo(1 << 20);
    }

    @Test
    void isCutIntoSubnets() {
        assertThat(Cidr.parse("10.244.0.0/16").subnet(24, 3))
                .isEqualTo(Cidr.parse("10.244.3.0/24"));
        assertThat(Cidr.parse("fd00::/48").subnet(64, 2)).isEqualTo(Cidr.parse("fd00:0:0:2::/64"));
    }

    @Test
    void overlapsWhateverSharesAnAddress() {
        Cidr nodes = Cidr.parse("172.30.0.0/24");

        assertThat(nodes.overlaps(Cidr.parse("172.16.0.0/12"))).isTrue();
        assertThat(nodes.overlaps(Cidr.parse("172.30.1.0/24"))).isFalse();
        assertThat(nodes.overlaps(Cidr.parse("::/0"))).isFalse();
    }

    @Test
    void refusesWhatIsNoRangeAndQuotesIt() {
        assertThatThrownBy(() -> Cidr.parse("10.96.0.0/33"))
                .hasMessageContaining("\"10.96.0.0/33\"");
        assertThatThrownBy(() -> Cidr.parse("example.com/8"))
                .hasMessageContaining("is not a range");
        assertThatThrownBy(() -> Cidr.parse("10.96.0.0/30").address(4))
                .hasMessageContaining("number 4");
    }
}
