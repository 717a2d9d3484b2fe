package io.fairlead.dns;

import java.util.Arrays;
import java.util.Optional;

/// Reads queries from outside.
final class QueryReader {
    static final int HEADER_LENGTH = 12;

    private static final int RESPONSE = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int RECORDS_MAX = 8;

    private QueryReader() {}

    /// What a message turned out to be.
    sealed interface Outcome {}

    record Legible(Query query) implements Outcome {}

    /// A query that cannot be answered, except by saying so.
    record Faulty(int id, int flags, ResponseCode code) implements Outcome {}

    /// Nothing that deserves an answer.
    record Noise() implements Outcome {}

    static Outcome read(byte[] message, boolean overUdp) {
        WireReader reader = new WireReader(message, 0);
        int id;
        int flags;
        try {
            id = reader.unsignedShort();
            flags = reader.unsignedShort();
        } catch (WireFormatException e) {
            return new Noise();
        }
        if ((flags & RESPONSE) != 0) {
            return new Noise();
        }
        if ((flags & OPCODE) != 0) {
            return new Faulty(id, flags, ResponseCode.NOT_IMPLEMENTED);
        }
        try {
            return question(message, reader, id, flags, overUdp);
        } catch (WireFormatException e) {
            return new Faulty(id, flags, ResponseCode.FORMAT_ERROR);
        }
    }

    private static Outcome question(
            byte[] message, WireReader reader, int id, int flags, boolean overUdp)
            throws WireFormatException {
        int questions = reader.unsignedShort();
        int others = reader.unsignedShort() + reader.unsignedShort();
        int additional = reader.unsignedShort();
        if (questions != 1 || others != 0 || additional > RECORDS_MAX) {
            return new Faulty(id, flags, ResponseCode.FORMAT_ERROR);
        }
        int start = reader.position();
        String name = reader.name();
        int type = reader.unsignedShort();
        int recordClass = reader.unsignedShort();
        byte[] question = Arrays.copyOfRange(message, start, reader.position());
        Optional<Query.Extension> extension = Optional.empty();
        for (int i = 0; i < additional; i++) {
            reader.skipName();
            int recordType = reader.unsignedShort();
            int payloadLength = reader.unsignedShort();
            long more = reader.unsignedInt();
            reader.skip(reader.unsignedShort());
            if (recordType == RecordType.OPT) {
                if (((more >> 16) & 0xff) != 0) {
                    return new Faulty(id, flags, ResponseCode.BAD_VERSION);
                }
                extension = Optional.of(new Query.Extension(payloadLength, (more & 0x8000) != 0));
            }
        }
        if (question.length != name.length() + (name.isEmpty() ? 1 : 2) + 4) {
            // A name that is compressed, in the first place where a name can be.
            return new Faulty(id, flags, ResponseCode.FORMAT_ERROR);
        }
        return new Legible(
                new Query(
                        id,
                        flags,
                        name,
                        type,
                        recordClass,
                        new WireBytes(question),
                        extension,
                        overUdp));
    }
}
