/// The composition root: makes a cluster of the other modules, in one process, on one machine.
///
/// [Cluster] starts everything in order: [MachineRequirements] looks, [Machine] makes the network, [ControlPlane] serves the API over the store and runs controllers and scheduler
/// ([Workloads]), [NodeGroup] starts a [NodePlane] for each node, [DnsAddOn] applies the objects that make names resolve. [Readiness] says when it does what it is for; [ProgrammedReporter] tells on Services whether they have arrived everywhere; [Removal]
/// takes it off the machine, knowing nothing but its name.
///
/// Only here are clocks, threads and randomness made ([Execution]). What survives and what does not is in [ClusterFolders]. [OfflineCluster] is the same pipeline without a
/// machine, for `explain` and for rehearsals.
@NullMarked
package io.fairlead.cluster;

import org.jspecify.annotations.NullMarked;
