/// Rulesets of nf_tables as values.
///
/// A [Ruleset] is one table: chains of [Rule]s made of typed [Statement]s, and sets and maps whose elements lie in a
/// [PersistentMap], so that [Diff] finds what changed without looking at the rest. A [Transaction] takes a [Kernel] from one ruleset to
/// another. The same value is printed in `nft`'s language ([RulesetPrinter]), compiled to the kernel's instructions ([RuleCompiler]),
/// written to netlink, read back ([Kernel#read], which yields an equal value), and run on packets by [PacketTracer].
///
/// Invariants: `Diff.between(x, x)` is empty; what [NetlinkKernel] commits it reads back equal; [InMemoryKernel] refuses what the real
/// one refuses. Start reading at [Ruleset].
@NullMarked
package io.fairlead.nftables;

import org.jspecify.annotations.NullMarked;
