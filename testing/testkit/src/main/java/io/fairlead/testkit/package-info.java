/// Seeds, simulated time, goldens, and namespaces that play the host.
@NullMarked
package io.fairlead.testkit;

import org.jspecify.annotations.NullMarked;
