package io.fairlead.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Bytes from outside: noise, and messages with a few bytes changed. `-Dseed=N` chooses another course, `-Drounds=N` a longer one.
class DnsFuzzTest {
    private static final int ROUNDS = Integer.getInteger("rounds", 10_000);

    private final SplittableRandom random = new SplittableRandom(Long.getLong("seed", 1));

    @Test
    void everyQueryIsReadOrRefused() {
        byte[] query = DnsClient.query("web.default.svc.cluster.local", RecordType.A, 1232);
        for (int i = 0; i < ROUNDS; i++) {
            boolean overUdp = random.nextBoolean();
            QueryReader.Outcome outcome = QueryReader.read(damaged(query), overUdp);
            switch (outcome) {
                case QueryReader.Legible(Query legible) -> assertAnswerFits(legible);
                case QueryReader.Faulty faulty ->
                        assertThat(
                                        release(
                                                ResponseWriter.write(
                                                        faulty, UnpooledByteBufAllocator.DEFAULT)))
                                .hasSizeGreaterThanOrEqualTo(QueryReader.HEADER_LENGTH);
                case QueryReader.Noise _ -> {}
            }
        }
    }

    @Test
    void everyUpstreamAnswerIsReadOrRefused() {
        byte[] answer = release(answer(legible("far.example.com"), "far.example.com", 5));
        int read = 0;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] damaged = damaged(answer);
            try {
                UpstreamMessage message = UpstreamMessage.read(damaged);
                read++;
                Answer relayed = new Answer.Relayed(message, random.nextInt(100));
                assertThat(
                                release(
                                        ResponseWriter.write(
                                                legible("far.example.com"),
                                                relayed,
                                                UnpooledByteBufAllocator.DEFAULT)))
                        .hasSizeGreaterThanOrEqualTo(QueryReader.HEADER_LENGTH);
            } catch (WireFormatException e) {
                assertThat(e).hasMessageMatching("an? .*");
            }
        }
        assertThat(read).isPositive();
    }

    private void assertAnswerFits(Query query) {
        int count = random.nextInt(100);
        byte[] answer = release(answer(query, query.name(), count));
        assertThat(answer.length).isLessThanOrEqualTo(query.answerLengthMax());
        // Netty's decoder takes no other names.
        if (query.name().matches("[a-z.]+")) {
            DnsClient.Reply reply = DnsClient.decode(answer);
            assertThat(reply.answers().size() == count || reply.isTruncated()).isTrue();
        }
    }

    private static ByteBuf answer(Query query, String name, int count) {
        ResourceRecord record =
                new ResourceRecord(
                        name, 30, new ResourceRecord.Address(IpAddress.parse("192.0.2.1")));
        ResourceRecord alias =
                new ResourceRecord(
                        name,
                        30,
                        new ResourceRecord.Reference(RecordType.CNAME, "other.example.com"));
        return ResponseWriter.write(
                query,
                new Answer.Composed(
                        ResponseCode.NO_ERROR,
                        false,
                        Collections.nCopies(count, record),
                        List.of(alias),
                        List.of(alias)),
                UnpooledByteBufAllocator.DEFAULT);
    }

    private static Query legible(String name) {
        return ((QueryReader.Legible)
                        QueryReader.read(DnsClient.query(name, RecordType.A, 1232), true))
                .query();
    }

    private byte[] damaged(byte[] message) {
        if (random.nextInt(4) == 0) {
            byte[] noise = new byte[random.nextInt(100)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] damaged =
                Arrays.copyOf(
                        message,
                        message.length - random.nextInt(4) / 3 * random.nextInt(message.length));
        for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        return damaged;
    }

    private static byte[] release(ByteBuf buffer) {
        try {
            return ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
    }
}
