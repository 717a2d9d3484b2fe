/// Controllers: functions from a snapshot and a key to writes, run by one small loop.
///
/// A [Controller] says which keys a change concerns, and what is to be written for a key. It reads a [ClusterIndex], which is a snapshot with indexes,
/// and returns a [Plan]; it sends nothing itself, so it is tested by giving it objects. A [ControllerLoop] runs one: it queues keys,
/// does the writes by way of a [WriteRunner], and tries again when one fails. A key does not run before everything written for it the
/// last time has been seen: else a controller that is faster than its watch would make the same pod twice.
///
/// Workloads find, make and end their pods by [OwnedPods], and keep past templates in a [TemplateHistory]; a controller with more than one step to
/// choose from has a class for one look at one object: [Rollout], [StatefulRollout], [DaemonRollout], [JobRun]. [Terms] say what objects are found by.
///
/// Start reading at [Controller], then [ReplicaSetController]; [Controllers] puts all of them together.
@NullMarked
package io.fairlead.controllers;

import org.jspecify.annotations.NullMarked;
