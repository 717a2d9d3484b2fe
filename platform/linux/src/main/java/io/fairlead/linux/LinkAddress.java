package io.fairlead.linux;

/// An IP address on a link.
///
/// @param linkIndex the link it is on
/// @param cidr the address with the prefix of its network
public record LinkAddress(int linkIndex, Cidr cidr) {}
