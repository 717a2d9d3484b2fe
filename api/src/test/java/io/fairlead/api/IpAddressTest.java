package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "10.96.0.1,10.96.0.1",
        "255.255.255.255,255.255.255.255",
        "0.0.0.0,0.0.0.0",
        "::,::",
        "::1,::1",
        "fd00:0:0:1::2,fd00:0:0:1::2",
        "2001:DB8:0:0:1:0:0:1,2001:db8::1:0:0:1",
        "1:0:2:3:4:5:6:7,1:0:2:3:4:5:6:7",
        "1::,1::",
        "::ffff:1.2.3.4,::ffff:1.2.3.4",
        "64:ff9b::1.2.3.4,64:ff9b::102:304",
    })
    void printsCanonically(String text, String canonical) {
        assertThat(IpAddress.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1..2.3",
                "1.2.3.",
                "a.b.c.d",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                "12345::",
                "fe80::1%eth0",
                "1:2:3:4:5:6:7::8",
                "1.2.3.4::",
                "1:",
                "None"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThat(IpAddress.find(text)).isEmpty();
    }

    @Test
    void readsWhatItPrints() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            for (int b = 0; b < bytes.length; b++) {
                bytes[b] = random.nextBoolean() ? 0 : (byte) random.nextInt();
            }
            IpAddress address = IpAddress.ofBytes(bytes);
            assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
            assertThat(address.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void agreesWithTheJdk() throws Exception {
        assertThat(IpAddress.parse("fd00::10:2").toInetAddress())
                .isEqualTo(InetAddress.getByName("fd00::10:2"));
    }
}
