package io.fairlead.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes answers, names compressed, and no longer than the client can take: what does not fit is left out, and the client is told.
final class ResponseWriter {
    private static final int RESPONSE = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int EXTENSION_LENGTH = 11;
    private static final int POINTER = 0xc000;
    private static final int POINTER_TARGET_MAX = 0x3fff;

    /// More than any record we make; whether one fits is seen once it is written.
    private static final int RECORD_LENGTH_MAX = 2048;

    private final Query query;
    private final ByteBuf buffer;
    private final int limit;
    private final Map<String, Integer> positions = new HashMap<>();

    private ResponseWriter(Query query, ByteBuf buffer) {
        this.query = query;
        this.buffer = buffer;
        this.limit =
                query.answerLengthMax() - (query.extension().isPresent() ? EXTENSION_LENGTH : 0);
    }

    static ByteBuf write(Query query, Answer answer, ByteBufAllocator allocator) {
        ByteBuf buffer = allocator.buffer(512, query.answerLengthMax() + RECORD_LENGTH_MAX);
        ResponseWriter writer = new ResponseWriter(query, buffer);
        switch (answer) {
            case Answer.Composed composed -> writer.compose(composed);
            case Answer.Relayed relayed -> writer.relay(relayed);
        }
        return buffer;
    }

    /// The answer to a query that could not be read: its header, and nothing else.
    static ByteBuf write(QueryReader.Faulty faulty, ByteBufAllocator allocator) {
        ByteBuf buffer = allocator.buffer(QueryReader.HEADER_LENGTH + EXTENSION_LENGTH);
        buffer.writeShort(faulty.id());
        buffer.writeShort(
                RESPONSE
                        | (faulty.flags() & (0x7800 | RECURSION_DESIRED))
                        | (faulty.code().number() & 15));
        buffer.writeZero(8);
        if (faulty.code() == ResponseCode.BAD_VERSION) {
            buffer.setShort(10, 1);
            writeExtension(buffer, faulty.code(), false);
        }
        return buffer;
    }

    private void compose(Answer.Composed answer) {
        buffer.writeShort(query.id());
        buffer.writeShort(
                RESPONSE
                        | (answer.isAuthoritative() ? AUTHORITATIVE : 0)
                        | RECURSION_AVAILABLE
                        | query.inheritedFlags()
                        | answer.code().number());
        buffer.writeShort(1);
        buffer.writeZero(6);
        buffer.writeBytes(query.question());
        remember(query.name(), QueryReader.HEADER_LENGTH);
        int written = writeRecords(answer.answers(), 6);
        if (written < answer.answers().size()) {
            setTruncated();
        } else if (writeRecords(answer.authority(), 8) == answer.authority().size()) {
            writeRecords(answer.additional(), 10);
        }
        finish();
    }

    private void relay(Answer.Relayed answer) {
        UpstreamMessage message = answer.message();
        boolean fits = message.bytes().length <= limit;
        int end = QueryReader.HEADER_LENGTH + message.questionLength();
        buffer.writeBytes(message.bytes(), 0, fits ? message.bytes().length : end);
        buffer.setShort(0, query.id());
        int flags = buffer.getUnsignedShort(2) & ~(AUTHORITATIVE | RECURSION_DESIRED | 0x0010);
        buffer.setShort(2, flags | RECURSION_AVAILABLE | query.inheritedFlags());
        if (message.questionLength() == query.question().length) {
            buffer.setBytes(QueryReader.HEADER_LENGTH, query.question());
        }
        if (fits) {
            for (int position : message.ttlPositions()) {
                long ttl = buffer.getUnsignedInt(position);
                buffer.setInt(position, (int) Math.max(0, ttl - answer.ageSeconds()));
            }
        } else {
            buffer.setZero(6, 6);
            setTruncated();
        }
        finish();
    }

    private void finish() {
        if (query.extension().isPresent()) {
            buffer.setShort(10, buffer.getUnsignedShort(10) + 1);
            writeExtension(buffer, ResponseCode.NO_ERROR, query.wantsDnssec());
        }
    }

    private static void writeExtension(ByteBuf buffer, ResponseCode code, boolean wantsDnssec) {
        buffer.writeByte(0);
        buffer.writeShort(RecordType.OPT);
        buffer.writeShort(Query.DATAGRAM_LENGTH_MAX);
        buffer.writeByte(code.number() >> 4);
        buffer.writeByte(0);
        buffer.writeShort(wantsDnssec ? 0x8000 : 0);
        buffer.writeShort(0);
    }

    private void setTruncated() {
        buffer.setShort(2, buffer.getUnsignedShort(2) | TRUNCATED);
    }

    /// Writes as many records as fit, and their number into the header.
    private int writeRecords(List<ResourceRecord> records, int countPosition) {
        int count = 0;
        for (ResourceRecord record : records) {
            int start = buffer.writerIndex();
            write(record);
            if (buffer.writerIndex() > limit) {
                buffer.writerIndex(start);
                positions.values().removeIf(position -> position >= start);
                break;
            }
            count++;
        }
        buffer.setShort(countPosition, count);
        return count;
    }

    private void write(ResourceRecord record) {
        writeName(record.name());
        buffer.writeShort(record.value().type());
        buffer.writeShort(Query.CLASS_INTERNET);
        buffer.writeInt(record.ttlSeconds());
        int start = buffer.writerIndex();
        buffer.writeShort(0);
        switch (record.value()) {
            case ResourceRecord.Address address -> buffer.writeBytes(address.address().bytes());
            case ResourceRecord.Reference reference -> writeName(reference.target());
            case ResourceRecord.ServiceLocation service -> {
                buffer.writeShort(0);
                buffer.writeShort(service.weight());
                buffer.writeShort(service.port());
                // RFC 2782 forbids compression here.
                writePlainName(service.target());
            }
            case ResourceRecord.Text text -> writeText(text.text());
            case ResourceRecord.StartOfAuthority authority -> {
                writeName(authority.server());
                writeName(authority.mailbox());
                buffer.writeInt((int) authority.serial());
                buffer.writeInt(7200);
                buffer.writeInt(1800);
                buffer.writeInt(86_400);
                buffer.writeInt(authority.negativeTtlSeconds());
            }
        }
        buffer.setShort(start, buffer.writerIndex() - start - 2);
    }

    private void writeText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, 255);
        buffer.writeByte(length);
        buffer.writeBytes(bytes, 0, length);
    }

    /// Writes a name up to the first part that stands in the message already, and a pointer to that.
    private void writeName(String name) {
        String rest = name;
        while (!rest.isEmpty()) {
            Integer known = positions.get(rest);
            if (known != null) {
                buffer.writeShort(POINTER | known);
                return;
            }
            if (buffer.writerIndex() <= POINTER_TARGET_MAX) {
                positions.put(rest, buffer.writerIndex());
            }
            int dot = rest.indexOf('.');
            writeLabel(dot < 0 ? rest : rest.substring(0, dot));
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        buffer.writeByte(0);
    }

    private void writePlainName(String name) {
        String rest = name;
        while (!rest.isEmpty()) {
            int dot = rest.indexOf('.');
            writeLabel(dot < 0 ? rest : rest.substring(0, dot));
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        buffer.writeByte(0);
    }

    private void writeLabel(String label) {
        int length = Math.min(label.length(), 63);
        buffer.writeByte(length);
        for (int i = 0; i < length; i++) {
            char c = label.charAt(i);
            buffer.writeByte(c == '\0' ? '.' : c);
        }
    }

    /// Every part of a name that stands at a position can be pointed to.
    private void remember(String name, int position) {
        String rest = name;
        int at = position;
        while (!rest.isEmpty()) {
            positions.put(rest, at);
            int dot = rest.indexOf('.');
            at += (dot < 0 ? rest.length() : dot) + 1;
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
    }
}
