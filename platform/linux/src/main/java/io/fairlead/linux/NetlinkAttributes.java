package io.fairlead.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// The attributes of a message or of a nested attribute, in the order the kernel sent them.
public final class NetlinkAttributes implements Iterable<NetlinkAttribute> {
    private static final int HEADER_BYTES = 4;

    /// The upper two bits of a type say "nested" and "network order"; they do not name anything.
    private static final int TYPE_MASK = 0x3fff;

    private final List<NetlinkAttribute> attributes;

    private NetlinkAttributes(List<NetlinkAttribute> attributes) {
        this.attributes = attributes;
    }

    /// Reads the bytes between position and limit; neither is moved.
    public static NetlinkAttributes parse(ByteBuffer bytes) {
        List<NetlinkAttribute> attributes = new ArrayList<>();
        ByteBuffer rest = bytes.duplicate().order(ByteOrder.nativeOrder());
        int end = rest.limit();
        int at = rest.position();
        while (end - at >= HEADER_BYTES) {
            int length = Short.toUnsignedInt(rest.getShort(at));
            int type = Short.toUnsignedInt(rest.getShort(at + 2)) & TYPE_MASK;
            if (length < HEADER_BYTES || length > end - at) {
                throw NetlinkException.malformed(
                        "attribute " + type + " claims " + length + " of " + (end - at) + " bytes");
            }
            attributes.add(
                    new NetlinkAttribute(
                            type,
                            rest.slice(at + HEADER_BYTES, length - HEADER_BYTES)
                                    .order(ByteOrder.nativeOrder())));
            at += NetlinkWriter.aligned(length);
        }
        return new NetlinkAttributes(List.copyOf(attributes));
    }

    /// The first attribute of that type.
    public Optional<NetlinkAttribute> find(int type) {
        for (NetlinkAttribute attribute : attributes) {
            if (attribute.type() == type) {
                return Optional.of(attribute);
            }
        }
        return Optional.empty();
    }

    /// The first attribute of that type, which the protocol promises to be there.
    public NetlinkAttribute require(int type) {
        return find(type)
                .orElseThrow(() -> NetlinkException.malformed("attribute " + type + " is missing"));
    }

    public List<NetlinkAttribute> list() {
        return attributes;
    }

    @Override
    public Iterator<NetlinkAttribute> iterator() {
        return attributes.iterator();
    }
}
