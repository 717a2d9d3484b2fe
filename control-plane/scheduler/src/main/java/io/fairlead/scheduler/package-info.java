/// Assigns pods to nodes.
///
/// In come pods without a node and everything known of nodes ([io.fairlead.client.ClusterWatcher]); out go bindings, or a condition and an event that say why no
/// node fits. [Scheduler] is the loop: it keeps each node's load ([NodeLoad]) in step with the deltas, so that a new pod costs a look at the nodes and nothing else, and
/// counts a pod it has just bound before the API shows it. [Assessment] says why a node cannot take a pod ([NodeFit], [PodAffinities], [TopologySpread]) and which of the others is best
/// ([Ranking]); [Preemption] says who has to end for a pod that fits nowhere. All of them are pure.
///
/// Nothing waits for a timer: a pod that fits nowhere is looked at again when a node changes or a pod leaves one.
@NullMarked
package io.fairlead.scheduler;

import org.jspecify.annotations.NullMarked;
