/// What tests of several modules share: a network namespace that plays the host, waiting for what must come true, and
/// the reasons for which a machine cannot run a test.
///
/// Nothing here knows Kubernetes. Tests judge the program with tools that it never uses itself (`ip`, `nft`, `kubectl`), and run them through
/// [io.fairlead.testkit.Command].
@NullMarked
package io.fairlead.testkit;

import org.jspecify.annotations.NullMarked;
