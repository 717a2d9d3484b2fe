/// What a cluster snapshot means for packets and names. Pure: no I/O, no clock, no thread.
///
/// In come a [io.fairlead.client.ClusterSnapshot] and the deltas that follow it, out come immutable tables: [ServiceTable]
/// for the packets on one node, [NameTable] for DNS. Each has a printed form, and each obeys one law: applying deltas one by one, however history is cut,
/// gives the table that a rebuild from the last snapshot gives.
///
/// Whether a table reflects a Service's current state, and not only some earlier one, is decided by [ServiceStates]; [ArrivalDesk] lets those who ask wait.
///
/// Start with [ServiceTable]; what one Service contributes to it is in [ServiceEntries], which endpoints serve is decided by [EndpointSelection],
/// and [ServiceTableStep] puts contributions together.
@NullMarked
package io.fairlead.tables;

import org.jspecify.annotations.NullMarked;
