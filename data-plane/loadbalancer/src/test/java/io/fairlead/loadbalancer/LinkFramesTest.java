package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.MacAddress;
import io.fairlead.loadbalancer.Heard.Claim;
import io.fairlead.loadbalancer.Heard.Presence;
import io.fairlead.loadbalancer.Heard.Question;
import io.fairlead.loadbalancer.Heard.Word;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinkFramesTest {
    private static final MacAddress OWN = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress ASKER = MacAddress.parse("02:00:00:00:00:02");
    private static final IpAddress V4 = IpAddress.parse("192.0.2.10");
    private static final IpAddress V6 = IpAddress.parse("2001:db8::12:3456");
    private static final IpAddress LINK_LOCAL = IpAddress.parse("fe80::2");

    private static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts));
    }

    @Test
    void readsAnArpRequest() {
        byte[] frame = hex("ffffffffffff020000000002", "0806", "0001080006040001").clone();
        byte[] rest = hex("020000000002c0000202000000000000c000020a", "00".repeat(18));
        byte[] whole = new byte[frame.length + rest.length];
        System.arraycopy(frame, 0, whole, 0, frame.length);
        System.arraycopy(rest, 0, whole, frame.length, rest.length);
        assertThat(LinkFrames.read(whole))
                .contains(new Question(ASKER, IpAddress.parse("192.0.2.2"), V4));
    }

    @Test
    void writesAnArpReplyToTheAskerAlone() {
        Question question = new Question(ASKER, IpAddress.parse("192.0.2.2"), V4);
        assertThat(LinkFrames.answer(OWN, question))
                .isEqualTo(
                        hex(
                                "020000000002020000000001",
                                "0806",
                                "0001080006040002",
                                "020000000001c000020a",
                                "020000000002c0000202"));
    }

    @Test
    void whatItWritesItReads() {
        assertThat(LinkFrames.announcement(OWN, V4))
                .allSatisfy(it -> assertThat(LinkFrames.read(it)).contains(new Claim(OWN, V4)));
        assertThat(LinkFrames.announcement(OWN, V6))
                .allSatisfy(it -> assertThat(LinkFrames.read(it)).contains(new Claim(OWN, V6)));
        assertThat(LinkFrames.read(LinkFrames.answer(OWN, new Question(ASKER, LINK_LOCAL, V6))))
                .contains(new Claim(OWN, V6));
        for (Word word : Word.values()) {
            assertThat(LinkFrames.read(LinkFrames.presence(OWN, "5a1b-77", word)))
                    .contains(new Presence(OWN, "5a1b-77", word));
        }
    }

    @Test
    void readsASolicitationAndAnswersItsSender() {
        // As Linux sends it, with the asker's link address as option.
        byte[] frame =
                hex(
                        "3333ff123456020000000002",
                        "86dd",
                        "6000000000203aff",
                        "fe800000000000000000000000000002",
                        "ff0200000000000000000001ff123456",
                        "87000000",
                        "00000000",
                        "20010db8000000000000000000123456",
                        "0101020000000002");
        assertThat(LinkFrames.read(frame)).as("without its checksum").isEmpty();
        int checksum = checksum(frame);
        frame[56] = (byte) (checksum >> 8);
        frame[57] = (byte) checksum;
        Question question = new Question(ASKER, LINK_LOCAL, V6);
        assertThat(LinkFrames.read(frame)).contains(question);
        byte[] answer = LinkFrames.answer(OWN, question);
        assertThat(HexFormat.of().formatHex(answer, 0, 14)).startsWith("020000000002020000000001");
        assertThat(answer[54 + 4] & 0xe0).as("solicited, override, no router").isEqualTo(0x60);
        frame[14 + 7] = 64;
        assertThat(LinkFrames.read(frame)).as("from beyond a router").isEmpty();
    }

    @Test
    void tellsAllWhenTheAskerHasNoAddressYet() {
        byte[] answer = LinkFrames.answer(OWN, new Question(ASKER, IpAddress.parse("::"), V6));
        assertThat(HexFormat.of().formatHex(answer, 0, 6)).isEqualTo("333300000001");
        assertThat(answer[54 + 4] & 0xe0).isEqualTo(0x20);
    }

    @Test
    void asksForAnAddressInItsGroup() {
        assertThat(LinkFrames.solicitedNodeGroup(V6).getHostAddress())
                .isEqualTo("ff02:0:0:0:0:1:ff12:3456");
    }

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readsWhateverBytesComeWithoutFailing(int seed) {
        Random random = new Random(seed);
        List<byte[]> good =
                List.of(
                        LinkFrames.announcement(OWN, V4).getFirst(),
                        LinkFrames.announcement(OWN, V6).getFirst(),
                        LinkFrames.presence(OWN, "uid", Word.HERE));
        for (int i = 0; i < 100; i++) {
            byte[] frame = good.get(random.nextInt(good.size())).clone();
            for (int flips = random.nextInt(8); flips > 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            byte[] cut = java.util.Arrays.copyOf(frame, random.nextInt(frame.length + 30));
            assertThat(LinkFrames.read(cut)).isNotNull();
        }
    }

    /// By the RFC's words, one 16-bit word after another.
    private static int checksum(byte[] frame) {
        long sum = 0x20 + 58;
        for (int at = 14 + 8; at < frame.length; at += 2) {
            sum += ((frame[at] & 0xff) << 8) | (frame[at + 1] & 0xff);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) (~sum & 0xffff);
    }
}
