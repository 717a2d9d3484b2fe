package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetlinkCodecTest {
    @Test
    void readsWhatItWrote() {
        NetlinkWriter writer = new NetlinkWriter();
        writer.message(
                        0x1234,
                        NetlinkMessage.REQUEST | NetlinkMessage.ACK,
                        7,
                        message ->
                                message.headerU8(2)
                                        .headerU8(1)
                                        .headerU16(9)
                                        .u8(1, 0xfe)
                                        .u16(2, 0xfffe)
                                        .u32(3, -2)
                                        .u64(4, -3)
                                        .u16BigEndian(5, 0x0102)
                                        .u32BigEndian(6, 0x01020304)
                                        .u64BigEndian(7, 0x0102030405060708L)
                                        .text(8, "eth0")
                                        .bytes(9, new byte[] {1, 2, 3})
                                        .flag(10)
                                        .nested(11, nest -> nest.text(1, "inner")))
                .message(2000, 0, 8, message -> {});

        List<NetlinkMessage> messages = NetlinkMessage.parse(writer.toBuffer());

        assertThat(messages).hasSize(2);
        NetlinkMessage first = messages.getFirst();
        assertThat(first.type()).isEqualTo(0x1234);
        assertThat(first.hasFlag(NetlinkMessage.ACK)).isTrue();
        assertThat(first.sequence()).isEqualTo(7);
        assertThat(first.header(4).getShort(2)).isEqualTo((short) 9);
        NetlinkAttributes attributes = first.attributes(4);
        assertThat(attributes.list()).hasSize(11);
        assertThat(attributes.require(1).u8()).isEqualTo(0xfe);
        assertThat(attributes.require(2).u16()).isEqualTo(0xfffe);
        assertThat(attributes.require(3).u32()).isEqualTo(-2);
        assertThat(attributes.require(4).u64()).isEqualTo(-3);
        assertThat(attributes.require(5).u16BigEndian()).isEqualTo(0x0102);
        assertThat(attributes.require(5).bytes()).containsExactly(1, 2);
        assertThat(attributes.require(6).u32BigEndian()).isEqualTo(0x01020304);
        assertThat(attributes.require(7).u64BigEndian()).isEqualTo(0x0102030405060708L);
        assertThat(attributes.require(8).text()).isEqualTo("eth0");
        assertThat(attributes.require(9).bytes()).containsExactly(1, 2, 3);
        assertThat(attributes.require(10).value().remaining()).isZero();
        assertThat(attributes.require(11).nested().require(1).text()).isEqualTo("inner");
        assertThat(attributes.find(12)).isEmpty();
        assertThat(messages.getLast().payload().remaining()).isZero();
    }

    @Test
    void growsWithTheBatch() {
        NetlinkWriter writer = new NetlinkWriter();
        for (int i = 0; i < 10_000; i++) {
            int value = i;
            writer.message(20, 0, i, message -> message.u32(1, value));
        }

        List<NetlinkMessage> messages = NetlinkMessage.parse(writer.toBuffer());

        assertThat(messages).hasSize(10_000);
        assertThat(messages.getLast().attributes(0).require(1).u32()).isEqualTo(9_999);
    }

    @Test
    void refusesAnAttributeThatOutgrowsItsLength() {
        NetlinkWriter writer = new NetlinkWriter();

        assertThatThrownBy(() ->
                        writer.message(
                                20,
                                0,
                                1,
                                message ->
                                        message.nested(
                                                1,
                                                nest -> {
                                                    for (int i = 0; i < 9000; i++) {
                                                        nest.u32(1, i);
                                                    }
                                                })))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("split");
    }

    @Test
    void readsARefusalWithTheKernelsWords() {
        NetlinkWriter writer = new NetlinkWriter();
        writer.message(
                NetlinkMessage.ERROR,
                0x300,
                42,
                message -> {
                    message.headerU32(-22);
                    for (int i = 0; i < 4; i++) {
                        message.headerU32(16);
                    }
                    message.text(1, "no such thing").u32(2, 20);
                });

        NetlinkAcknowledgement acknowledgement =
                NetlinkMessage.parse(writer.toBuffer()).getFirst().acknowledgement().orElseThrow();

        assertThat(acknowledgement)
                .isEqualTo(new NetlinkAcknowledgement(42, Errno.EINVAL, "no such thing", 20));
        assertThat(NetlinkException.of("add link", "veth0", acknowledgement))
                .hasMessage("cannot add link veth0: invalid argument (EINVAL): no such thing");
    }

    @Test
    void refusesWhatIsCutShort() {
        NetlinkWriter writer = new NetlinkWriter();
        writer.message(20, 0, 1, message -> message.text(1, "eth0"));
        ByteBuffer whole = writer.toBuffer();

        for (int length = 1; length < whole.limit(); length++) {
            ByteBuffer cut = whole.slice(0, length).order(ByteOrder.nativeOrder());
            assertThatThrownBy(() -> NetlinkMessage.parse(cut))
                    .isInstanceOf(NetlinkException.class);
        }
    }
}
