package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class CidrTest {
    @Test
    void readsAndPrintsBothFamilies() {
        assertThat(Cidr.parse("172.30.0.1/24")).hasToString("172.30.0.1/24");
        assertThat(Cidr.parse("172.30.0.1/24").network()).hasToString("172.30.0.0/24");
        assertThat(Cidr.parse("10.0.0.7")).hasToString("10.0.0.7/32");
        assertThat(Cidr.parse("fd00::1/64").network()).isEqualTo(Cidr.parse("fd00::/64"));
    }

    @Test
    void refusesWhatIsNoRange() {
        for (String text : new String[] {"", "x", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "/8"}) {
            assertThatThrownBy(() -> Cidr.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + text + "\"");
        }
    }

    @Test
    void rangesOverlapWhenOneHoldsTheOther() {
        Cidr pods = Cidr.parse("10.244.0.0/16");
        assertThat(pods.overlaps(Cidr.parse("10.244.3.0/24"))).isTrue();
        assertThat(Cidr.parse("10.244.3.0/24").overlaps(pods)).isTrue();
        assertThat(pods.overlaps(Cidr.parse("10.245.0.0/16"))).isFalse();
        assertThat(pods.overlaps(Cidr.ANY_IPV4)).isTrue();
        assertThat(pods.overlaps(Cidr.parse("::/0"))).isFalse();
        assertThat(pods.contains(InetAddress.ofLiteral("10.244.255.255"))).isTrue();
    }

    @Test
    void countsAddressesAndSubnets() {
        Cidr pods = Cidr.parse("10.244.0.0/16");
        assertThat(pods.nth(1).getHostAddress()).isEqualTo("10.244.0.1");
        assertThat(pods.nth(256).getHostAddress()).isEqualTo("10.244.1.0");
        assertThat(pods.subnet(24, 3)).isEqualTo(Cidr.parse("10.244.3.0/24"));
        assertThatThrownBy(() -> pods.nth(65536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pods.subnet(24, 256)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pods.subnet(8, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
