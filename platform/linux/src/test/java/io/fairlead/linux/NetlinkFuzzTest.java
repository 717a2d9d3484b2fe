package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NetlinkFuzzTest {
    private static final long SEED = Long.getLong("fairlead.seed", 1);

    @Test
    void anyBytesAreReadOrRefused() {
        Random random = new Random(SEED);
        int read = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            plausible(bytes, random);
            try {
                for (NetlinkMessage message :
                        NetlinkMessage.parse(
                                ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))) {
                    message.acknowledgement().ifPresent(NetlinkAcknowledgement::isSuccess);
                    walk(message.attributes(random.nextInt(20)), 0);
                    read++;
                }
            } catch (NetlinkException expected) {
                assertThat(expected.errno()).as("seed %d", SEED).isEqualTo(Errno.EBADMSG);
            }
        }
        assertThat(read).as("some inputs get through").isPositive();
    }

    /// Pure noise is refused at the first length; these get deeper.
    private static void plausible(byte[] bytes, Random random) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        if (bytes.length >= 16) {
            buffer.putInt(0, random.nextInt(4) == 0 ? random.nextInt(200) : bytes.length);
            buffer.putShort(4, (short) random.nextInt(5));
        }
        for (int at = 16; at + 4 <= bytes.length; at += 4) {
            if (random.nextInt(3) == 0) {
                buffer.putShort(at, (short) random.nextInt(24));
            }
        }
    }

    private static void walk(NetlinkAttributes attributes, int depth) {
        for (NetlinkAttribute attribute : attributes) {
            attribute.text();
            switch (attribute.type() % 6) {
                case 0 -> attribute.u8();
                case 1 -> attribute.u16BigEndian();
                case 2 -> attribute.u32();
                case 3 -> attribute.u64BigEndian();
                default -> {
                    if (depth < 5) {
                        walk(attribute.nested(), depth + 1);
                    }
                }
            }
        }
    }
}
