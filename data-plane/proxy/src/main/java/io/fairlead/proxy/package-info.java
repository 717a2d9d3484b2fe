/// Compiles a ServiceTable into an nftables ruleset and keeps the kernel at it.
@NullMarked
package io.fairlead.proxy;

import org.jspecify.annotations.NullMarked;
