/// The composition root: wires the modules into one process or many.
@NullMarked
package io.fairlead.cluster;

import org.jspecify.annotations.NullMarked;
