/// What a cluster snapshot means for packets and names: the ServiceTable and the NameTable. Pure.
@NullMarked
package io.fairlead.tables;

import org.jspecify.annotations.NullMarked;
