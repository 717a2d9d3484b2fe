package io.fairlead.dns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A well-formed query with one question.
///
/// @param flags the second 16 bits of its header
/// @param name in lower case, without a dot at the end; a dot within a label reads as a zero character, which no name has
/// @param wireQuestion the question as it came, to be sent back as it was, with the client's capital letters
/// @param overUdp whether the answer must fit a datagram
record Query(
        int id,
        int flags,
        String name,
        int type,
        int recordClass,
        WireBytes wireQuestion,
        Optional<Extension> extension,
        boolean overUdp) {
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int CHECKING_DISABLED = 0x0010;
    static final int CLASS_INTERNET = 1;

    /// Datagrams up to here pass nearly every link without fragments.
    static final int DATAGRAM_LENGTH_MAX = 1232;

    private static final int DATAGRAM_LENGTH_PLAIN = 512;
    private static final int LABEL_LENGTH_MAX = 63;
    private static final int MESSAGE_LENGTH_MAX = 65_535;

    /// What EDNS adds (RFC 6891).
    record Extension(int payloadLength, boolean wantsDnssec) {}

    /// A question of our own, to upstream servers.
    ///
    /// @throws IllegalArgumentException when the name cannot be written
    static Query of(String name, int type) {
        ByteBuffer question = ByteBuffer.allocate(name.length() + 2 + 4);
        for (String label : name.split("\\.", -1)) {
            byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
            if (bytes.length == 0 || bytes.length > LABEL_LENGTH_MAX) {
                throw new IllegalArgumentException("not a domain name: " + name);
            }
            question.put((byte) bytes.length).put(bytes);
        }
        question.put((byte) 0).putShort((short) type).putShort((short) CLASS_INTERNET);
        return new Query(
                0,
                RECURSION_DESIRED,
                name,
                type,
                CLASS_INTERNET,
                new WireBytes(question.array()),
                Optional.empty(),
                false);
    }

    byte[] question() {
        return wireQuestion.array();
    }

    boolean asksFor(int recordType) {
        return type == recordType || type == RecordType.ANY;
    }

    boolean wantsDnssec() {
        return extension.isPresent() && extension.get().wantsDnssec();
    }

    /// The flags that go from a query into its answer and to upstream servers.
    int inheritedFlags() {
        return flags & (RECURSION_DESIRED | CHECKING_DISABLED);
    }

    /// The longest answer the client can take.
    int answerLengthMax() {
        if (!overUdp) {
            return MESSAGE_LENGTH_MAX;
        }
        return extension
                .map(e -> Math.clamp(e.payloadLength(), DATAGRAM_LENGTH_PLAIN, DATAGRAM_LENGTH_MAX))
                .orElse(DATAGRAM_LENGTH_PLAIN);
    }
}
