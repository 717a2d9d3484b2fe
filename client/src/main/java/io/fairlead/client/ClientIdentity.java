package io.fairlead.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Makes a TLS context of the PEM texts of a kubeconfig.
final class ClientIdentity {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]+)-----END");

    // What PKCS #8 puts before the older forms of keys: version, algorithm. The P-256 curve is the
    // one that authorities issue.
    private static final byte[] RSA_PREFIX =
            HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");
    private static final byte[] EC_PREFIX =
            HexFormat.of().parseHex("020100301306072a8648ce3d020106082a8648ce3d030107");

    private ClientIdentity() {}

    /// @throws KubeconfigException when a text is no certificate or key
    static SSLContext context(Kubeconfig.Access access) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(access), trustManagers(access.authorityPem()), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new KubeconfigException(
                    "the kubeconfig's certificates cannot be used: " + e.getMessage() + ".", e);
        }
    }

    static TrustManager[] trustManagers(String authorityPem)
            throws GeneralSecurityException, IOException {
        KeyStore trusted = null;
        if (!authorityPem.isEmpty()) {
            trusted = emptyStore();
            int number = 0;
            for (Certificate certificate : certificates(authorityPem)) {
                trusted.setCertificateEntry("ca-" + number++, certificate);
            }
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        // Without an authority of its own, the machine's are trusted.
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    static KeyManager[] keyManagers(Kubeconfig.Access access)
            throws GeneralSecurityException, IOException {
        if (access.certificatePem().isEmpty()) {
            return new KeyManager[0];
        }
        KeyStore own = emptyStore();
        own.setKeyEntry(
                "client",
                key(access.keyPem()),
                new char[0],
                certificates(access.certificatePem()).toArray(Certificate[]::new));
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        // JKS in memory spares the key derivation of PKCS #12.
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(String pem)
            throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(
                        new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    }

    private static PrivateKey key(String pem) throws GeneralSecurityException {
        Matcher block = KEY.matcher(pem);
        if (!block.find()) {
            throw new GeneralSecurityException("there is no private key in it");
        }
        byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
        return switch (block.group(1)) {
            case "RSA PRIVATE KEY" -> generate("RSA", wrapped(RSA_PREFIX, bytes));
            case "EC PRIVATE KEY" -> generate("EC", wrapped(EC_PREFIX, bytes));
            default -> eitherAlgorithm(bytes);
        };
    }

    private static PrivateKey eitherAlgorithm(byte[] pkcs8) throws GeneralSecurityException {
        try {
            return generate("EC", pkcs8);
        } catch (GeneralSecurityException e) {
            return generate("RSA", pkcs8);
        }
    }

    private static PrivateKey generate(String algorithm, byte[] pkcs8)
            throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    /// SEQUENCE { prefix, OCTET STRING key }.
    private static byte[] wrapped(byte[] prefix, byte[] key) {
        byte[] octets = element(0x04, key);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(prefix);
        content.writeBytes(octets);
        return element(0x30, content.toByteArray());
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }
}
