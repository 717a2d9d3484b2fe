/// Arrows between modules, tidiness and documentation, as tests.
@NullMarked
package io.fairlead.checks;

import org.jspecify.annotations.NullMarked;
