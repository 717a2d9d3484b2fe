package io.fairlead.nftables;

/// How often packets looked up an element of a counting set.
///
/// @param packets since the element was made
public record ElementCount(String set, Element element, long packets) {}
