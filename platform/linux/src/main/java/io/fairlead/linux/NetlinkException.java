package io.fairlead.linux;

import java.util.Optional;

/// A netlink request was refused, or an answer could not be read.
public final class NetlinkException extends LinuxException {
    private static final long serialVersionUID = 1L;

    private final NetlinkAcknowledgement acknowledgement;

    private NetlinkException(
            String operation,
            String subject,
            Errno errno,
            String detail,
            NetlinkAcknowledgement acknowledgement) {
        super(operation, subject, errno, detail);
        this.acknowledgement = acknowledgement;
    }

    /// The kernel answered a request with an error.
    public static NetlinkException of(
            String operation, String subject, NetlinkAcknowledgement acknowledgement) {
        return new NetlinkException(
                operation,
                subject,
                acknowledgement.errno(),
                acknowledgement.text(),
                acknowledgement);
    }

    /// A socket call failed.
    public static NetlinkException of(String operation, String subject, Errno errno) {
        return new NetlinkException(
                operation, subject, errno, "", new NetlinkAcknowledgement(0, errno, "", -1));
    }

    /// Bytes that are no netlink message, or not the one that was expected.
    public static NetlinkException malformed(String detail) {
        return new NetlinkException(
                "read netlink message",
                "",
                Errno.EBADMSG,
                detail,
                new NetlinkAcknowledgement(0, Errno.EBADMSG, detail, -1));
    }

    /// The sequence number of the request that was refused; 0 if it is not known.
    public int sequence() {
        return acknowledgement.sequence();
    }

    /// Where in the request the offending attribute starts, counted from the message's first byte.
    public Optional<Integer> attributeOffset() {
        return acknowledgement.attributeOffset() < 0
                ? Optional.empty()
                : Optional.of(acknowledgement.attributeOffset());
    }
}
