package io.fairlead.linux;

/// An IP address on a link.
///
/// @param linkIndex the link it is on
/// @param address the address with the prefix of its network
public record LinkAddress(int linkIndex, IpPrefix address) {}
