package io.fairlead.images;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// The name of some bytes by their hash, such as `sha256:2cf2…`.
///
/// @param algorithm `sha256` or `sha512`
/// @param hex lower case
record ContentDigest(String algorithm, String hex) {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SHA512 = Pattern.compile("[0-9a-f]{128}");

    /// @throws ImageException when the text is no digest of an algorithm that can be checked
    static ContentDigest parse(String text) throws ImageException {
        int colon = text.indexOf(':');
        String algorithm = colon < 0 ? "" : text.substring(0, colon);
        String hex = text.substring(colon + 1);
        boolean isValid =
                switch (algorithm) {
                    case "sha256" -> SHA256.matcher(hex).matches();
                    case "sha512" -> SHA512.matcher(hex).matches();
                    default -> false;
                };
        if (!isValid) {
            throw new ImageException("\"" + text + "\" is no SHA-256 or SHA-512 digest");
        }
        return new ContentDigest(algorithm, hex);
    }

    static ContentDigest of(byte[] bytes) {
        MessageDigest hash = hash("SHA-256");
        return new ContentDigest("sha256", HexFormat.of().formatHex(hash.digest(bytes)));
    }

    /// A new computation of this kind of digest.
    MessageDigest start() {
        return hash(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    }

    boolean isOf(byte[] hash) {
        return hex.equals(HexFormat.of().formatHex(hash));
    }

    /// Where something of this name is kept: a folder for the algorithm, and in it the hash.
    Path below(Path folder) {
        return folder.resolve(algorithm).resolve(hex);
    }

    private static MessageDigest hash(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
