/// Typed nftables rulesets: transactions, differences, the netlink codec, an in-memory kernel and a packet tracer.
@NullMarked
package io.fairlead.nftables;

import org.jspecify.annotations.NullMarked;
