/// What pods and nodes use, as `metrics.k8s.io` tells it: `kubectl top` and autoscalers read it.
///
/// [io.fairlead.metrics.ResourceMetricsServer] is an API server of its own behind the cluster's one, which proves itself by its certificate. When it is asked, it reads
/// `/metrics/resource` of every node ([io.fairlead.metrics.NodeScraper]), twice if it has not done so lately, since use of a processor is a difference of two readings
/// ([io.fairlead.metrics.UsageHistory]). Nobody asks, nothing happens: there is no timer.
@NullMarked
package io.fairlead.metrics;

import org.jspecify.annotations.NullMarked;
