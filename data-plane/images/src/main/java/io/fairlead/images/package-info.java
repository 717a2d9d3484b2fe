/// Container images: pull, verify, unpack, garbage-collect.
@NullMarked
package io.fairlead.images;

import org.jspecify.annotations.NullMarked;
