package io.fairlead.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseDecoder;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsPtrRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsSection;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A client for tests. Answers are decoded by Netty, so that the server is not judged by its own reader.
final class DnsClient {
    private static final int TIMEOUT_MILLIS = 10_000;

    private DnsClient() {}

    /// An answer, with a line of text for each record.
    record Reply(
            int code,
            boolean isTruncated,
            boolean isAuthoritative,
            String question,
            List<String> answers,
            List<String> authority,
            List<String> additional) {}

    static Reply ask(InetSocketAddress server, String name, int type) throws IOException {
        return decode(exchange(server, query(name, type, 0)));
    }

    static Reply askWithRoomFor(InetSocketAddress server, int length, String name, int type)
            throws IOException {
        return decode(exchange(server, query(name, type, length)));
    }

    static Reply askByStream(InetSocketAddress server, String name, int type) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            ByteBuf message = Unpooled.buffer();
            byte[] query = query(name, type, 0);
            message.writeShort(query.length).writeBytes(query);
            socket.getOutputStream().write(ByteBufUtil.getBytes(message));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return decode(in.readNBytes(in.readUnsignedShort()));
        }
    }

    static byte[] exchange(InetSocketAddress server, byte[] query) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(server);
            socket.send(new java.net.DatagramPacket(query, query.length));
            java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[65_535], 65_535);
            socket.receive(answer);
            return Arrays.copyOf(answer.getData(), answer.getLength());
        }
    }

    /// @param room for an answer over UDP, zero to say nothing of it
    static byte[] query(String name, int type, int room) {
        ByteBuf message = Unpooled.buffer();
        message.writeShort(4711).writeShort(0x0100).writeShort(1).writeInt(0);
        message.writeShort(room == 0 ? 0 : 1);
        for (String label : name.split("\\.")) {
            message.writeByte(label.length());
            message.writeCharSequence(label, StandardCharsets.US_ASCII);
        }
        message.writeByte(0).writeShort(type).writeShort(1);
        if (room > 0) {
            message.writeByte(0).writeShort(RecordType.OPT).writeShort(room).writeInt(0);
            message.writeShort(0);
        }
        return ByteBufUtil.getBytes(message);
    }

    static Reply decode(byte[] message) {
        EmbeddedChannel channel = new EmbeddedChannel(new DatagramDnsResponseDecoder());
        InetSocketAddress nobody = new InetSocketAddress(0);
        channel.writeInbound(new DatagramPacket(Unpooled.wrappedBuffer(message), nobody, nobody));
        DatagramDnsResponse response = channel.readInbound();
        try {
            DnsQuestion question =
                    response.count(DnsSection.QUESTION) == 0
                            ? null
                            : response.recordAt(DnsSection.QUESTION, 0);
            return new Reply(
                    response.code().intValue(),
                    response.isTruncated(),
                    response.isAuthoritativeAnswer(),
                    question == null ? "" : question.name(),
                    lines(response, DnsSection.ANSWER),
                    lines(response, DnsSection.AUTHORITY),
                    lines(response, DnsSection.ADDITIONAL));
        } finally {
            response.release();
            channel.finishAndReleaseAll();
        }
    }

    private static List<String> lines(DatagramDnsResponse response, DnsSection section) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < response.count(section); i++) {
            DnsRecord record = response.recordAt(section, i);
            lines.add(
                    "%s %d %s %s"
                            .formatted(
                                    record.name(),
                                    record.timeToLive(),
                                    record.type().name(),
                                    value(record))
                            .strip());
        }
        return lines;
    }

    private static String value(DnsRecord record) {
        if (record instanceof DnsPtrRecord pointer) {
            return pointer.hostname();
        }
        if (!(record instanceof DnsRawRecord raw)) {
            return "";
        }
        ByteBuf content = raw.content();
        DnsRecordType type = record.type();
        if (type.equals(DnsRecordType.A) || type.equals(DnsRecordType.AAAA)) {
            try {
                return InetAddress.getByAddress(ByteBufUtil.getBytes(content)).getHostAddress();
            } catch (UnknownHostException e) {
                return "malformed";
            }
        }
        if (type.equals(DnsRecordType.SRV)) {
            content.skipBytes(4);
            return content.readUnsignedShort() + " " + DefaultDnsRecordDecoder.decodeName(content);
        }
        if (type.equals(DnsRecordType.CNAME) || type.equals(DnsRecordType.NS)) {
            return DefaultDnsRecordDecoder.decodeName(content);
        }
        if (type.equals(DnsRecordType.TXT)) {
            return content.readCharSequence(content.readUnsignedByte(), StandardCharsets.UTF_8)
                    .toString();
        }
        return "";
    }
}
