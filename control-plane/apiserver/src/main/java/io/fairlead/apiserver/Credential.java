package io.fairlead.apiserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// A private key with the certificates that vouch for it, its own first.
public record Credential(PrivateKey key, List<X509Certificate> chain) {
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    public Credential {
        chain = List.copyOf(chain);
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /// The key as a PKCS #8 PEM block.
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /// The whole chain as PEM blocks.
    public String certificatesPem() {
        StringBuilder text = new StringBuilder();
        chain.forEach(certificate -> text.append(pem(certificate)));
        return text.toString();
    }

    /// Writes `name.crt` and `name.key`, both for their owner's eyes only.
    public void write(Path folder, String name) {
        writePrivate(folder.resolve(name + ".key"), keyPem());
        writePrivate(folder.resolve(name + ".crt"), certificatesPem());
    }

    /// What [#write] left behind.
    ///
    /// @throws UncheckedIOException when a file is missing or is no PEM
    public static Credential read(Path folder, String name) {
        try {
            String key = Files.readString(folder.resolve(name + ".key"));
            String certificates = Files.readString(folder.resolve(name + ".crt"));
            return new Credential(keyFrom(key), certificatesFrom(certificates));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new UncheckedIOException(
                    new IOException("cannot read the key pair " + folder.resolve(name), e));
        }
    }

    public static boolean exists(Path folder, String name) {
        return Files.exists(folder.resolve(name + ".key"))
                && Files.exists(folder.resolve(name + ".crt"));
    }

    static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate without encoding", e);
        }
    }

    static List<X509Certificate> certificatesFrom(String pem) throws GeneralSecurityException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Certificate certificate :
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(
                                new ByteArrayInputStream(
                                        pem.getBytes(StandardCharsets.US_ASCII)))) {
            certificates.add((X509Certificate) certificate);
        }
        return certificates;
    }

    private static PrivateKey keyFrom(String pem) throws GeneralSecurityException {
        String body = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        PKCS8EncodedKeySpec key = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
        try {
            return KeyFactory.getInstance("EC").generatePrivate(key);
        } catch (InvalidKeySpecException e) {
            return KeyFactory.getInstance("RSA").generatePrivate(key);
        }
    }

    private static String pem(String type, byte[] bytes) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(type, LINES.encodeToString(bytes), type);
    }

    private static void writePrivate(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
