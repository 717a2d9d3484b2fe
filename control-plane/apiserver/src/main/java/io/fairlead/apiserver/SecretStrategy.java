package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Secret for TLS is kept whatever is in it; its author hears when the pair cannot serve.
final class SecretStrategy implements Strategy {
    private static final String CERTIFICATE = "tls.crt";
    private static final String KEY = "tls.key";
    private static final Pattern BLOCK =
            Pattern.compile(
                    "-----BEGIN ([A-Z0-9 ]+)-----\\s*([A-Za-z0-9+/=\\s]*?)-----END \\1-----");
    private static final byte[] PROBE = "probe".getBytes(StandardCharsets.US_ASCII);

    // Each algorithm's keys, and the signature that shows whether two belong together.
    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "Ed25519", "Ed25519");

    @SuppressWarnings("ArrayRecordComponent")
    private record Block(String type, byte[] content) {
        boolean isKey() {
            return type.equals("PRIVATE KEY") || type.endsWith(" PRIVATE KEY");
        }
    }

    @Override
    public void warn(Optional<JsonObject> before, JsonObject after, Write write) {
        if (after.text("type").equals("kubernetes.io/tls")) {
            pairProblem(decoded(after, CERTIFICATE), decoded(after, KEY)).ifPresent(write::warn);
        }
    }

    private static String decoded(JsonObject secret, String name) {
        try {
            return new String(
                    Base64.getMimeDecoder().decode(secret.text("data", name)),
                    StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /// What keeps a server from using this pair.
    static Optional<String> pairProblem(String certificatePem, String keyPem) {
        List<Block> certificates = blocks(certificatePem);
        List<Block> keys = blocks(keyPem);
        if (certificates.isEmpty()) {
            return Optional.of("tls: failed to find any PEM data in certificate input");
        }
        Optional<Block> certificate =
                certificates.stream()
                        .filter(block -> block.type().equals("CERTIFICATE"))
                        .findFirst();
        if (certificate.isEmpty()) {
            return Optional.of(
                    certificates.size() == 1 && certificates.getFirst().isKey()
                            ? "tls: failed to find certificate PEM data in certificate input, but"
                                    + " did find a private key; PEM inputs may have been switched"
                            : "tls: failed to find \"CERTIFICATE\" PEM block in certificate input"
                                    + " after skipping PEM blocks of the following types: "
                                    + types(certificates));
        }
        if (keys.isEmpty()) {
            return Optional.of("tls: failed to find any PEM data in key input");
        }
        Optional<Block> key = keys.stream().filter(Block::isKey).findFirst();
        if (key.isEmpty()) {
            return Optional.of(
                    keys.size() == 1 && keys.getFirst().type().equals("CERTIFICATE")
                            ? "tls: found a certificate rather than a key in the PEM for the"
                                    + " private key"
                            : "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in"
                                    + " key input after skipping PEM blocks of the following types: "
                                    + types(keys));
        }
        return mismatch(certificate.get(), key.get());
    }

    private static Optional<String> mismatch(Block certificate, Block key) {
        PublicKey open;
        try {
            open =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(certificate.content()))
                            .getPublicKey();
        } catch (GeneralSecurityException e) {
            return Optional.of("x509: malformed certificate");
        }
        // The other two encodings of keys are older than the one that the JDK reads.
        if (!key.type().equals("PRIVATE KEY")) {
            return Optional.empty();
        }
        for (Map.Entry<String, String> algorithm : SIGNATURES.entrySet()) {
            try {
                PrivateKey secret =
                        KeyFactory.getInstance(algorithm.getKey())
                                .generatePrivate(new PKCS8EncodedKeySpec(key.content()));
                return areOnePair(open, secret, algorithm.getValue())
                        ? Optional.empty()
                        : Optional.of("tls: private key does not match public key");
            } catch (GeneralSecurityException e) {
                // A key of another algorithm.
            }
        }
        return Optional.of("tls: failed to parse private key");
    }

    private static boolean areOnePair(PublicKey open, PrivateKey secret, String algorithm)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(secret);
        signature.update(PROBE);
        byte[] signed = signature.sign();
        try {
            signature.initVerify(open);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static List<Block> blocks(String pem) {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(pem);
        while (matcher.find()) {
            try {
                blocks.add(
                        new Block(
                                matcher.group(1),
                                Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException e) {
                // No block after all.
            }
        }
        return blocks;
    }

    private static String types(List<Block> blocks) {
        return "[" + String.join(" ", blocks.stream().map(Block::type).toList()) + "]";
    }
}
