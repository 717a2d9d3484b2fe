/// The node agent: makes the pods that are bound to one node run, and serves what the API server asks of a node.
///
/// In comes the API, by watches: the node's pods, the Services, and the ConfigMaps and Secrets that pods show. Out go processes in
/// namespaces, mounts, control groups, and the pods' status. Start reading at [NodeAgent]; each pod is driven by one [PodWorker],
/// whose `step` compares what is with what should be. Containers run behind [ContainerRuntime]: processes made by crun or runc
/// ([OciRuntime]), or Java programs with sockets in the pod's network ([InProcessRuntime]).
///
/// What must stay true:
/// - Containers outlive this program. All that is needed to meet them again is below the cluster's run directory, and everything on
///   the machine carries the cluster's name ([NodeSettings], [PodFolders], [NodeRemains]).
/// - Whatever waits runs on the tasks' executor, whatever decides runs in a pod's [Mailbox]; nothing in a mailbox waits.
/// - A pod's status is written as soon as it differs from what was written last ([PodStatusWriter]); its object goes only after its
///   last process.
///
/// Where a container differs from Kubernetes' usual ones: IPC namespaces are each container's own, `/dev/shm` is the pod's; output
/// that nobody reads while Fairlead is away fills a pipe, and then the container waits ([FifoPump]).
@NullMarked
package io.fairlead.node;

import org.jspecify.annotations.NullMarked;
