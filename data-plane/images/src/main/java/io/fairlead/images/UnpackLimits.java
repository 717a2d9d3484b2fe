package io.fairlead.images;

/// What a layer may grow to. A small archive can unpack to any size.
record UnpackLimits(long bytesMax, int entriesMax) {
    static final UnpackLimits USUAL = new UnpackLimits(32L << 30, 2_000_000);
}
