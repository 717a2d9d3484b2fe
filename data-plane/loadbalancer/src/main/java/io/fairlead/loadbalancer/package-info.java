/// Brings packets for the addresses of LoadBalancer Services to nodes.
///
/// Input: Services with their addresses, EndpointSlices, Nodes. [FrontTable] says which nodes may take the packets of each address and port; a pure value. Where
/// all nodes are on one machine, [LoadBalancerFront] stands before them: it compiles the table to rules ([FrontRules] over [FrontFrame]) that give each flow to one
/// node and remember it by connection tracking. Elsewhere [AddressAnnouncer] runs on each node: the nodes of an address are put into an order ([Ranking]), and the first of those that
/// hear each other on the link ([LinkClaims], fed by [LinkAnnouncer]) answers for it.
///
/// Invariants: a known flow keeps its node until it ends, also when that node may get no new ones; the client's address stays. No two announcers that hear each other go on answering for one address. Start reading at [FrontTable].
@NullMarked
package io.fairlead.loadbalancer;

import org.jspecify.annotations.NullMarked;
