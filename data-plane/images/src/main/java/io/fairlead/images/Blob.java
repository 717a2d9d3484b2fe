package io.fairlead.images;

import io.fairlead.api.Json;

/// Points to some bytes: an OCI descriptor.
///
/// @param size in bytes, or [#UNKNOWN_SIZE]
record Blob(String mediaType, ContentDigest digest, long size) {
    static final long UNKNOWN_SIZE = -1;

    static Blob read(Json descriptor) throws ImageException {
        long size = descriptor.number(UNKNOWN_SIZE, "size");
        if (size < 0) {
            throw new ImageException("a descriptor has no size");
        }
        return new Blob(
                descriptor.text("mediaType"), ContentDigest.parse(descriptor.text("digest")), size);
    }
}
