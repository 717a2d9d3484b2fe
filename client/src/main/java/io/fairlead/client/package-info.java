/// Requests and list+watch against an API server, turned into snapshots and deltas.
///
/// A [Transport] is the way to one server as one identity: inside the server's process, or over HTTPS ([RemoteTransport], by way of a
/// [Kubeconfig]). Over it, [KubeClient] sends requests by type and name, and [ClusterWatcher] follows types of objects: it lists, watches, resumes and
/// begins anew as needed, and tells its consumers of a [ClusterSnapshot] and a [ClusterDelta], one call at a time. What a slow consumer
/// missed reaches it as one delta, the latest state of each object; there is no backlog.
///
/// Law: a consumer that applies every delta to the snapshot it had gets the snapshot it is given.
///
/// Start reading at [ClusterWatcher].
@NullMarked
package io.fairlead.client;

import org.jspecify.annotations.NullMarked;
