package io.fairlead.images;

/// An image on this machine, and the name it is kept under.
public record StoredImage(ImageReference reference, LocalImage image) {}
