/// The API server: HTTP, authentication, authorisation, admission, storage, watch streams.
@NullMarked
package io.fairlead.apiserver;

import org.jspecify.annotations.NullMarked;
