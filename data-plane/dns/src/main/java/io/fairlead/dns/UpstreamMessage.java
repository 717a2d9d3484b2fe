package io.fairlead.dns;

import io.fairlead.api.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An upstream server's answer, taken apart as far as needed to keep it, to let it age and to hand it on.
///
/// @param wire the message without its EDNS record
/// @param ttlPositions where in it the records' times to live are
/// @param ttlSeconds for how long it may be kept: the least time to live of its records
/// @param answers of the kinds that lead from a name to an address
record UpstreamMessage(
        WireBytes wire,
        int questionLength,
        List<Integer> ttlPositions,
        int ttlSeconds,
        List<ResourceRecord> answers) {
    private static final int FLAGS_POSITION = 2;
    private static final int ADDITIONAL_COUNT_POSITION = 10;
    private static final int TRUNCATED = 0x0200;
    private static final int RECORDS_MAX = 4096;

    /// @throws WireFormatException when the message is malformed
    static UpstreamMessage read(byte[] message) throws WireFormatException {
        WireReader reader = new WireReader(message, ADDITIONAL_COUNT_POSITION - 6);
        int questions = reader.unsignedShort();
        int answerCount = reader.unsignedShort();
        int authorityCount = reader.unsignedShort();
        int additionalCount = reader.unsignedShort();
        int records = answerCount + authorityCount + additionalCount;
        if (questions != 1 || records > RECORDS_MAX) {
            throw new WireFormatException("an answer to something else");
        }
        reader.skipName();
        reader.skip(4);
        int questionLength = reader.position() - QueryReader.HEADER_LENGTH;
        List<ResourceRecord> answers = new ArrayList<>();
        List<Integer> ttlPositions = new ArrayList<>();
        long ttl = Integer.MAX_VALUE;
        byte[] bytes = message;
        for (int i = 0; i < records; i++) {
            int start = reader.position();
            String name = "";
            if (i < answerCount) {
                name = reader.name();
            } else {
                reader.skipName();
            }
            int type = reader.unsignedShort();
            reader.skip(2);
            int ttlPosition = reader.position();
            long recordTtl = reader.unsignedInt();
            int length = reader.unsignedShort();
            if (type == RecordType.OPT) {
                if (i != records - 1) {
                    // Nothing may point behind it, so it can be cut off only at the end. Servers
                    // put it there.
                    throw new WireFormatException("an EDNS record before others");
                }
                bytes = Arrays.copyOf(message, start);
                additionalCount--;
                bytes[ADDITIONAL_COUNT_POSITION] = (byte) (additionalCount >> 8);
                bytes[ADDITIONAL_COUNT_POSITION + 1] = (byte) additionalCount;
                break;
            }
            ttlPositions.add(ttlPosition);
            ttl = Math.min(ttl, recordTtl > Integer.MAX_VALUE ? 0 : recordTtl);
            int data = reader.position();
            reader.skip(length);
            if (type == RecordType.SOA && i >= answerCount && length >= 4) {
                ttl = Math.min(ttl, new WireReader(message, data + length - 4).unsignedInt());
            } else if (i < answerCount) {
                addAnswer(
                        answers,
                        message,
                        name,
                        type,
                        (int) Math.min(recordTtl, 3600),
                        data,
                        length);
            }
        }
        return new UpstreamMessage(
                new WireBytes(bytes),
                questionLength,
                List.copyOf(ttlPositions),
                ttlPositions.isEmpty() ? 0 : (int) ttl,
                List.copyOf(answers));
    }

    private static void addAnswer(
            List<ResourceRecord> answers,
            byte[] message,
            String name,
            int type,
            int ttl,
            int data,
            int length)
            throws WireFormatException {
        if (type == RecordType.CNAME) {
            String target = new WireReader(message, data).name();
            answers.add(new ResourceRecord(name, ttl, new ResourceRecord.Reference(type, target)));
        } else if ((type == RecordType.A && length == 4)
                || (type == RecordType.AAAA && length == 16)) {
            IpAddress address = IpAddress.ofBytes(Arrays.copyOfRange(message, data, data + length));
            answers.add(new ResourceRecord(name, ttl, new ResourceRecord.Address(address)));
        }
    }

    byte[] bytes() {
        return wire.array();
    }

    int code() {
        return bytes()[FLAGS_POSITION + 1] & 0x0f;
    }

    int answerCount() {
        return ((bytes()[6] & 0xff) << 8) | (bytes()[7] & 0xff);
    }

    boolean isTruncated() {
        return (bytes()[FLAGS_POSITION] & (TRUNCATED >> 8)) != 0;
    }

    /// Whether it is of use to others who ask the same: there is such a name or there is none, and nothing is missing.
    boolean mayBeKept() {
        return !isTruncated()
                && (code() == ResponseCode.NO_ERROR.number()
                        || code() == ResponseCode.NO_SUCH_NAME.number());
    }
}
