/// What Kubernetes objects are: trees, kinds, schema facts, defaults, validation, selectors, quantities. No I/O.
@NullMarked
package io.fairlead.api;

import org.jspecify.annotations.NullMarked;
