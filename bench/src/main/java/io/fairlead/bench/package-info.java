/// Measurements of the whole cluster.
@NullMarked
package io.fairlead.bench;

import org.jspecify.annotations.NullMarked;
