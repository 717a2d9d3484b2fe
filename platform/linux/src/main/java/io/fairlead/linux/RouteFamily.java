package io.fairlead.linux;

/// Address families as netlink numbers them.
final class RouteFamily {
    static final int INET = 2;
    static final int INET6 = 10;

    private RouteFamily() {}

    static int of(byte[] address) {
        return address.length == 16 ? INET6 : INET;
    }

    /// A range whose length came from outside.
    static IpPrefix address(byte[] address, byte prefixLength) {
        int length = Byte.toUnsignedInt(prefixLength);
        if (length > address.length * 8) {
            throw NetlinkException.malformed("a prefix of " + length + " bits");
        }
        return new IpPrefix(IpPrefix.of(address), length);
    }
}
