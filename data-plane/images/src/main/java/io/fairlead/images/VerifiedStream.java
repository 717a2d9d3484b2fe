package io.fairlead.images;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/// Computes the digest of what passes, and never lets more pass than was announced.
final class VerifiedStream extends FilterInputStream {
    private final ContentDigest expected;
    private final long size;
    private final MessageDigest hash;
    private final LongConsumer progress;
    private long passed;

    VerifiedStream(InputStream in, Blob blob) {
        this(in, blob, bytes -> {});
    }

    /// @param progress hears how many bytes have passed so far
    VerifiedStream(InputStream in, Blob blob, LongConsumer progress) {
        super(in);
        this.expected = blob.digest();
        this.size = blob.size();
        this.hash = expected.start();
        this.progress = progress;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = in.read(bytes, offset, length);
        if (count > 0) {
            passed += count;
            if (size >= 0 && passed > size) {
                throw new IOException(
                        "%s is longer than the announced %d bytes".formatted(expected, size));
            }
            hash.update(bytes, offset, count);
            progress.accept(passed);
        }
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        byte[] ignored = new byte[(int) Math.min(count, 8_192)];
        return Math.max(0, read(ignored, 0, ignored.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /// Reads what is left and checks the whole.
    ///
    /// @throws ImageException when these are not the bytes that were asked for
    void finish() throws IOException, ImageException {
        byte[] rest = new byte[8_192];
        while (read(rest, 0, rest.length) >= 0) {
            // Only the digest and the length matter now.
        }
        if (size >= 0 && passed != size) {
            throw new IOException(
                    "%s ended after %d of %d bytes".formatted(expected, passed, size));
        }
        if (!expected.isOf(hash.digest())) {
            throw new ImageException("the bytes sent for " + expected + " have another digest");
        }
    }
}
