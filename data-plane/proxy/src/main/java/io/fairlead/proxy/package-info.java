/// Makes a node's kernel do what its Services mean.
///
/// Input: snapshots and deltas of the cluster ([ServiceProxy#accept]). They become a `ServiceTable`, which [ProxyCompiler] turns into
/// [NodeRules]: a ruleset of nf_tables, and what the next step must remember to stay cheap. The difference goes to the kernel as one
/// transaction, and what only packets under way may still look for goes with the one after.
///
/// A second writer, [SocketWriter], leads TCP connections of the node's processes to endpoints at their sockets, from the same table: [SocketRules] and
/// [SocketContents] say what its maps hold, [SocketPrograms] what the kernel runs. What it leaves alone the rules do.
///
/// Invariants: rules compiled step by step send every flow where rules compiled anew would; between any two look-ups of one packet a commit may
/// happen, and the packet still goes somewhere right; one changed endpoint costs a few elements, at any number of Services.
///
/// Start reading at [RulesetFrame], which is the way of a packet; then [ProxyCompiler]. [ProxyServer] tells others what has arrived.
@NullMarked
package io.fairlead.proxy;

import org.jspecify.annotations.NullMarked;
