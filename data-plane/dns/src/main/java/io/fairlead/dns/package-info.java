/// The cluster's DNS server. In come tables of names and queries; out go answers.
///
/// A query passes a [Chain] of three links until one takes it: [ClusterNames] answers for the cluster's zone from a
/// [io.fairlead.tables.NameTable], [LoopProbe] watches for our own queries coming back, [Forward] asks upstream servers. What is said is an [Answer];
/// only [ResponseWriter] knows how much of it fits.
///
/// Names appear and vanish with the table: nothing of the cluster's zone is kept anywhere, and clients are told not to remember that a
/// name is missing. All bytes from outside are read by [WireReader], which is bounded. Sockets are opened by whoever runs the server ([ChannelOpener]),
/// because those to listen on belong into a pod's network and those to ask from into the host's.
///
/// Whether a change of a Service is in the answers already can be asked on a port of its own ([ArrivalPages]).
///
/// Start with [DnsServer].
@NullMarked
package io.fairlead.dns;

import org.jspecify.annotations.NullMarked;
