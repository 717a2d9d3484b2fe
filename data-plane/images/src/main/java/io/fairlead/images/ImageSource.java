package io.fairlead.images;

import java.util.Optional;

/// Where containers' root file systems come from. Safe for use by many threads; two pulls of one image share the work.
public interface ImageSource {
    /// The image as it is on this machine, without asking any registry. Fast: called on the way of every pod's start.
    Optional<LocalImage> find(ImageReference reference);

    /// Fetches the image, or makes sure that what is here is what the registry has; returns when it is unpacked.
    ///
    /// @throws ImageException when the registry does not answer, does not know the image or refuses the credentials, or
    ///     when what it sent is broken
    LocalImage pull(ImageReference reference, RegistryCredentials credentials)
            throws ImageException;
}
