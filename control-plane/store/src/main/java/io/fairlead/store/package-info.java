/// The versioned store: revisions, transactions, watch, compaction.
@NullMarked
package io.fairlead.store;

import org.jspecify.annotations.NullMarked;
