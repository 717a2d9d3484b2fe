/// Requests and list+watch against an API server, turned into snapshots and deltas.
@NullMarked
package io.fairlead.client;

import org.jspecify.annotations.NullMarked;
