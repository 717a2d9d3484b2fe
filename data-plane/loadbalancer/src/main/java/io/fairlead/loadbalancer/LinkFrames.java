package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.FrameKind;
import io.fairlead.linux.MacAddress;
import io.fairlead.loadbalancer.Heard.Claim;
import io.fairlead.loadbalancer.Heard.Presence;
import io.fairlead.loadbalancer.Heard.Question;
import io.fairlead.loadbalancer.Heard.Word;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Ethernet frames of ARP (RFC 826, RFC 5227), of neighbour discovery (RFC 4861), and those by which announcers hear of each other. Pure; whatever bytes come, reading them never fails.
///
/// A presence has the type that IEEE 802 leaves to local experiments, and says: `FLAD`, a version, a [Word], the length of the Node's UID, the UID. It goes to a group of
/// its own, so that other machines' links drop it.
final class LinkFrames {
    /// What announcers send each other goes to this multicast address.
    static final MacAddress PRESENCE_GROUP = new MacAddress(0x03fa_1ead_0001L);

    private static final MacAddress EVERYBODY = new MacAddress(0xffff_ffff_ffffL);
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int PRESENCE = 0x88b5;

    private static final int ETHERNET_BYTES = 14;
    private static final int ARP_BYTES = 28;
    private static final int IPV6_BYTES = 40;
    private static final int NEIGHBOUR_BYTES = 24;
    private static final int LINK_OPTION_BYTES = 8;

    private static final long ARP_OF_ETHERNET_AND_IPV4 = 0x0001_0800_0604L;
    private static final int REQUEST = 1;
    private static final int REPLY = 2;

    private static final int ICMPV6 = 58;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int HOP_LIMIT = 255;
    private static final int SOLICITED = 0x4000_0000;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int TARGET_LINK_ADDRESS = 2;

    private static final int MAGIC = 0x464c_4144;
    private static final int VERSION = 1;
    private static final int UID_BYTES_MAX = 64;

    /// The frames that [#read] understands.
    static final List<FrameKind> KINDS =
            List.of(
                    FrameKind.ofType(PRESENCE),
                    FrameKind.ofType(ARP),
                    neighbourDiscovery(SOLICITATION),
                    neighbourDiscovery(ADVERTISEMENT));

    private LinkFrames() {}

    private static FrameKind neighbourDiscovery(int type) {
        return FrameKind.ofType(IPV6)
                .with(ETHERNET_BYTES + 6, ICMPV6)
                .with(ETHERNET_BYTES + IPV6_BYTES, type);
    }

    /// Empty for what says nothing to an announcer, and for what is malformed.
    static Optional<Heard> read(byte[] frame) {
        if (frame.length < ETHERNET_BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        MacAddress from = mac(bytes, 6);
        int type = Short.toUnsignedInt(bytes.getShort(12));
        ByteBuffer content = bytes.slice(ETHERNET_BYTES, frame.length - ETHERNET_BYTES);
        return switch (type) {
            case ARP -> readArp(content);
            case IPV6 -> readNeighbourDiscovery(from, content);
            case PRESENCE -> readPresence(from, content);
            default -> Optional.empty();
        };
    }

    private static Optional<Heard> readArp(ByteBuffer arp) {
        if (arp.capacity() < ARP_BYTES || arp.getLong(0) >>> 16 != ARP_OF_ETHERNET_AND_IPV4) {
            return Optional.empty();
        }
        int operation = arp.getShort(6);
        MacAddress sender = mac(arp, 8);
        IpAddress senderIp = IpAddress.ofIpv4(arp.getInt(14));
        IpAddress wanted = IpAddress.ofIpv4(arp.getInt(24));
        if (operation == REPLY || senderIp.equals(wanted)) {
            return Optional.of(new Claim(sender, senderIp));
        }
        return operation == REQUEST
                ? Optional.of(new Question(sender, senderIp, wanted))
                : Optional.empty();
    }

    private static Optional<Heard> readNeighbourDiscovery(MacAddress from, ByteBuffer packet) {
        if (packet.capacity() < IPV6_BYTES + NEIGHBOUR_BYTES) {
            return Optional.empty();
        }
        int length = Short.toUnsignedInt(packet.getShort(4));
        boolean isWhole =
                length >= NEIGHBOUR_BYTES
                        && IPV6_BYTES + length <= packet.capacity()
                        && packet.get(6) == ICMPV6
                        // Whatever came through a router has less.
                        && Byte.toUnsignedInt(packet.get(7)) == HOP_LIMIT;
        if (!isWhole || checksum(packet, length) != 0) {
            return Optional.empty();
        }
        IpAddress target = address(packet, IPV6_BYTES + 8);
        return switch (Byte.toUnsignedInt(packet.get(IPV6_BYTES))) {
            case SOLICITATION -> Optional.of(new Question(from, address(packet, 8), target));
            case ADVERTISEMENT -> Optional.of(new Claim(from, target));
            default -> Optional.empty();
        };
    }

    private static Optional<Heard> readPresence(MacAddress from, ByteBuffer presence) {
        if (presence.capacity() < 7
                || presence.getInt(0) != MAGIC
                || presence.get(4) != VERSION
                || presence.get(5) < 0
                || presence.get(5) >= Word.values().length) {
            return Optional.empty();
        }
        int length = Byte.toUnsignedInt(presence.get(6));
        if (length == 0 || length > UID_BYTES_MAX || presence.capacity() < 7 + length) {
            return Optional.empty();
        }
        byte[] uid = new byte[length];
        presence.get(7, uid);
        return Optional.of(
                new Presence(
                        from,
                        new String(uid, StandardCharsets.US_ASCII),
                        Word.values()[presence.get(5)]));
    }

    /// Tells the asker that the address is ours.
    static byte[] answer(MacAddress own, Question question) {
        IpAddress address = question.wanted();
        if (address.isIpv4()) {
            return arp(question.asker(), REPLY, own, address, question.asker(), question.sender());
        }
        // An asker without an address checks whether it may have this one: all are told that it may
        // not.
        boolean isSolicited = question.sender().high() != 0 || question.sender().low() != 0;
        return advertisement(
                own,
                isSolicited ? question.asker() : groupOf(ALL_NODES),
                address,
                isSolicited ? question.sender() : ALL_NODES,
                isSolicited ? SOLICITED | OVERRIDE : OVERRIDE);
    }

    /// Tells everybody on the link that the address is ours from now on.
    static List<byte[]> announcement(MacAddress own, IpAddress address) {
        if (address.isIpv4()) {
            // Some machines heed the one form, some the other.
            return List.of(
                    arp(EVERYBODY, REQUEST, own, address, EVERYBODY, address),
                    arp(EVERYBODY, REPLY, own, address, EVERYBODY, address));
        }
        return List.of(advertisement(own, groupOf(ALL_NODES), address, ALL_NODES, OVERRIDE));
    }

    /// @param node the UID of the Node
    static byte[] presence(MacAddress own, String node, Word word) {
        byte[] uid = node.getBytes(StandardCharsets.US_ASCII);
        if (uid.length == 0 || uid.length > UID_BYTES_MAX) {
            throw new IllegalArgumentException("\"" + node + "\" is no UID");
        }
        ByteBuffer frame = frame(PRESENCE_GROUP, own, PRESENCE, 7 + uid.length);
        frame.putInt(MAGIC).put((byte) VERSION).put((byte) word.ordinal());
        return bytes(frame.put((byte) uid.length).put(uid));
    }

    /// The group in which whoever has this IPv6 address is asked for it.
    static Inet6Address solicitedNodeGroup(IpAddress address) {
        byte[] group = IpAddress.parse("ff02::1:ff00:0").bytes();
        System.arraycopy(address.bytes(), 13, group, 13, 3);
        InetAddress found = IpAddress.ofBytes(group).toInetAddress();
        return (Inet6Address) found;
    }

    private static byte[] arp(
            MacAddress to,
            int operation,
            MacAddress sender,
            IpAddress senderIp,
            MacAddress target,
            IpAddress targetIp) {
        ByteBuffer frame = frame(to, sender, ARP, ARP_BYTES);
        frame.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
        frame.putShort((short) operation).put(sender.bytes()).put(senderIp.bytes());
        return bytes(frame.put(target.bytes()).put(targetIp.bytes()));
    }

    private static byte[] advertisement(
            MacAddress own, MacAddress to, IpAddress address, IpAddress toIp, int flags) {
        int length = NEIGHBOUR_BYTES + LINK_OPTION_BYTES;
        ByteBuffer frame = frame(to, own, IPV6, IPV6_BYTES + length);
        frame.putInt(6 << 28).putShort((short) length);
        frame.put((byte) ICMPV6).put((byte) HOP_LIMIT).put(address.bytes()).put(toIp.bytes());
        frame.put((byte) ADVERTISEMENT).put((byte) 0).putShort((short) 0).putInt(flags);
        frame.put(address.bytes()).put((byte) TARGET_LINK_ADDRESS).put((byte) 1).put(own.bytes());
        ByteBuffer packet = frame.slice(ETHERNET_BYTES, IPV6_BYTES + length);
        packet.putShort(IPV6_BYTES + 2, (short) checksum(packet, length));
        return bytes(frame);
    }

    /// Of the ICMPv6 message behind an IPv6 header, with the pseudo header (RFC 8200, 8.1); 0 of a message that carries its checksum.
    private static int checksum(ByteBuffer packet, int length) {
        long sum = (long) length + ICMPV6;
        // Both addresses and the message lie one behind the other.
        int end = IPV6_BYTES + length;
        for (int at = 8; at + 1 < end; at += 2) {
            sum += Short.toUnsignedInt(packet.getShort(at));
        }
        if (length % 2 == 1) {
            sum += Byte.toUnsignedInt(packet.get(end - 1)) << 8;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) (~sum & 0xffff);
    }

    /// The link's name of an IPv6 group.
    private static MacAddress groupOf(IpAddress address) {
        return new MacAddress(0x3333_0000_0000L | (address.low() & 0xffff_ffffL));
    }

    private static ByteBuffer frame(MacAddress to, MacAddress from, int type, int bytes) {
        return ByteBuffer.allocate(ETHERNET_BYTES + bytes)
                .put(to.bytes())
                .put(from.bytes())
                .putShort((short) type);
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.capacity()];
        frame.get(0, bytes);
        return bytes;
    }

    private static MacAddress mac(ByteBuffer bytes, int at) {
        byte[] mac = new byte[6];
        bytes.get(at, mac);
        return MacAddress.of(mac);
    }

    private static IpAddress address(ByteBuffer bytes, int at) {
        byte[] address = new byte[16];
        bytes.get(at, address);
        return IpAddress.ofBytes(address);
    }
}
