/// The node agent: pods, probes, volumes, logs, exec and the pod network.
@NullMarked
package io.fairlead.node;

import org.jspecify.annotations.NullMarked;
