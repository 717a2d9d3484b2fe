/// Answers DNS queries from a NameTable.
@NullMarked
package io.fairlead.dns;

import org.jspecify.annotations.NullMarked;
