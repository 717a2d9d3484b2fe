package io.fairlead.images;

import java.io.IOException;
import java.io.InputStream;

/// Where an image's parts are read from: a registry, an archive, a folder. Many threads may read at once.
interface Blobs {
    /// The bytes as they come; [VerifiedStream] checks them.
    InputStream open(Blob blob) throws IOException, ImageException;

    /// A small part, checked and whole.
    default byte[] read(Blob blob, int bytesMax) throws IOException, ImageException {
        if (blob.size() > bytesMax) {
            throw new ImageException(
                    "%s has %d bytes, more than the %d it may have"
                            .formatted(blob.digest(), blob.size(), bytesMax));
        }
        try (VerifiedStream stream = new VerifiedStream(open(blob), blob)) {
            byte[] bytes = stream.readNBytes(bytesMax);
            stream.finish();
            return bytes;
        }
    }
}
