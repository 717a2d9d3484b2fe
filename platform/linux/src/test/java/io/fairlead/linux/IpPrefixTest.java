package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class IpPrefixTest {
    @Test
    void readsAndPrintsBothFamilies() {
        assertThat(IpPrefix.parse("172.30.0.1/24")).hasToString("172.30.0.1/24");
        assertThat(IpPrefix.parse("172.30.0.1/24").network()).hasToString("172.30.0.0/24");
        assertThat(IpPrefix.parse("10.0.0.7")).hasToString("10.0.0.7/32");
        assertThat(IpPrefix.parse("fd00::1/64").network()).isEqualTo(IpPrefix.parse("fd00::/64"));
    }

    @Test
    void refusesWhatIsNoRange() {
        for (String text : new String[] {"", "x", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "/8"}) {
            assertThatThrownBy(() -> IpPrefix.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + text + "\"");
        }
    }

    @Test
    void rangesOverlapWhenOneHoldsTheOther() {
        IpPrefix pods = IpPrefix.parse("10.244.0.0/16");
        assertThat(pods.overlaps(IpPrefix.parse("10.244.3.0/24"))).isTrue();
        assertThat(IpPrefix.parse("10.244.3.0/24").overlaps(pods)).isTrue();
        assertThat(pods.overlaps(IpPrefix.parse("10.245.0.0/16"))).isFalse();
        assertThat(pods.overlaps(IpPrefix.ANY_IPV4)).isTrue();
        assertThat(pods.overlaps(IpPrefix.parse("::/0"))).isFalse();
        assertThat(pods.contains(InetAddress.ofLiteral("10.244.255.255"))).isTrue();
    }
}
