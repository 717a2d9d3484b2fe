package io.fairlead.apiserver;

import io.fairlead.api.CertificateRequest;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/// Issues the cluster's certificates: EC P-256 keys, signed with SHA-256. Safe for use by many threads.
///
/// Kubernetes reads identities from certificates: the common name is the user, each organisation a group.
public final class CertificateAuthority {
    private static final String FILE = "ca";
    private static final int RSA_BITS = 2048;
    private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
    private static final Duration LIFETIME = Duration.ofDays(365);
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /// Below this, the time for clocks that are slow is not taken from the certificate's life.
    private static final Duration SHORT = Duration.ofHours(8);

    private static final byte[] ECDSA_WITH_SHA256 =
            Der.sequence(Der.objectIdentifier("1.2.840.10045.4.3.2"));
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String ORGANIZATION = "2.5.4.10";
    private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    // RFC 7093 shortens to what SHA-1 had.
    private static final int KEY_IDENTIFIER_BYTES = 20;
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    private final Credential authority;
    private final InstantSource clock;
    private final SecureRandom random;

    private CertificateAuthority(Credential authority, InstantSource clock, SecureRandom random) {
        this.authority = authority;
        this.clock = clock;
        this.random = random;
    }

    /// The authority kept in `folder` as `ca.crt` and `ca.key`, made on first use.
    public static CertificateAuthority open(
            Path folder, String commonName, InstantSource clock, SecureRandom random) {
        if (Credential.exists(folder, FILE)) {
            return new CertificateAuthority(Credential.read(folder, FILE), clock, random);
        }
        CertificateAuthority made = create(commonName, clock, random);
        made.authority.write(folder, FILE);
        return made;
    }

    /// An authority that is kept nowhere.
    public static CertificateAuthority create(
            String commonName, InstantSource clock, SecureRandom random) {
        KeyPair pair = newKeyPair(random);
        byte[] name = name(commonName, List.of());
        byte[] extensions =
                Der.sequence(
                        extension(
                                BASIC_CONSTRAINTS,
                                Criticality.CRITICAL,
                                Der.sequence(Der.bool(true))),
                        // digitalSignature, keyCertSign, cRLSign
                        extension(
                                KEY_USAGE,
                                Criticality.CRITICAL,
                                Der.bitString(new byte[] {(byte) 0x86}, 1)),
                        subjectKey(pair.getPublic()),
                        authorityKey(pair.getPublic()));
        X509Certificate certificate =
                sign(
                        new Request(name, name, pair.getPublic(), extensions, AUTHORITY_LIFETIME),
                        pair.getPrivate(),
                        clock.instant(),
                        random);
        return new CertificateAuthority(
                new Credential(pair.getPrivate(), List.of(certificate)), clock, random);
    }

    public X509Certificate certificate() {
        return authority.certificate();
    }

    /// What clients must trust.
    public String certificatePem() {
        return Credential.pem(authority.certificate());
    }

    /// A key pair for a server that is reached under these names and addresses.
    public Credential issueServer(
            String commonName, Collection<String> dnsNames, Collection<InetAddress> addresses) {
        return issue(
                newKeyPair(random),
                commonName,
                List.of(),
                List.of(SERVER_AUTH, CLIENT_AUTH),
                alternativeNames(dnsNames, addresses));
    }

    /// A key pair for the user `commonName` in groups `organizations`.
    public Credential issueClient(String commonName, Collection<String> organizations) {
        return issue(
                newKeyPair(random), commonName, organizations, List.of(CLIENT_AUTH), List.of());
    }

    /// As [#issueClient], with an RSA key: slow to make, but client libraries without EC keys take it from a kubeconfig.
    public Credential issueRsaClient(String commonName, Collection<String> organizations) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS, random);
            return issue(
                    generator.generateKeyPair(),
                    commonName,
                    organizations,
                    List.of(CLIENT_AUTH),
                    List.of());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no RSA keys", e);
        }
    }

    /// Whether this authority vouches, now, for the holder as a client.
    boolean vouchesForClient(X509Certificate certificate) {
        try {
            certificate.checkValidity(java.util.Date.from(clock.instant()));
            certificate.verify(authority.certificate().getPublicKey());
            List<String> usages = certificate.getExtendedKeyUsage();
            return usages != null && usages.contains(CLIENT_AUTH);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// Signs what somebody asks for with a key of his own. Whether he may have it is for others to judge.
    ///
    /// @param usages in Kubernetes' words, such as `client auth`; others are left out
    /// @param wanted how long it is to be good, which is cut where the authority itself ends
    /// @return the certificate as a PEM block
    public String sign(CertificateRequest request, Collection<String> usages, Duration wanted) {
        List<byte[]> names = alternativeNames(request.dnsNames(), request.addresses());
        request.emails().forEach(email -> names.add(Der.context(1, ascii(email))));
        request.uris().forEach(uri -> names.add(Der.context(6, ascii(uri))));
        List<byte[]> extensions =
                extensions(
                        request.key(),
                        CertificateUsages.keyUsage(usages),
                        CertificateUsages.extended(usages),
                        names);
        extensions.add(extension(BASIC_CONSTRAINTS, Criticality.CRITICAL, Der.sequence()));
        Instant now = clock.instant();
        Instant begin = now.minus(CLOCK_SKEW);
        Instant end = wanted.compareTo(SHORT) < 0 ? now.plus(wanted) : begin.plus(wanted);
        Instant last = authority.certificate().getNotAfter().toInstant();
        return Credential.pem(
                signed(
                        request.subject(),
                        request.key(),
                        extensions,
                        Duration.between(begin, end.isAfter(last) ? last : end)));
    }

    private Credential issue(
            KeyPair pair,
            String commonName,
            Collection<String> organizations,
            List<String> usages,
            List<byte[]> alternativeNames) {
        List<byte[]> extensions =
                extensions(
                        pair.getPublic(),
                        Der.bitString(new byte[] {(byte) 0x80}, 7),
                        usages,
                        alternativeNames);
        X509Certificate certificate =
                signed(name(commonName, organizations), pair.getPublic(), extensions, LIFETIME);
        return new Credential(pair.getPrivate(), List.of(certificate));
    }

    private X509Certificate signed(
            byte[] subject, PublicKey key, List<byte[]> extensions, Duration lifetime) {
        Request request =
                new Request(
                        authority.certificate().getSubjectX500Principal().getEncoded(),
                        subject,
                        key,
                        Der.sequence(extensions.toArray(byte[][]::new)),
                        lifetime);
        return sign(request, authority.key(), clock.instant(), random);
    }

    private List<byte[]> extensions(
            PublicKey key, byte[] keyUsage, List<String> usages, List<byte[]> alternativeNames) {
        List<byte[]> extensions = new ArrayList<>();
        extensions.add(subjectKey(key));
        extensions.add(authorityKey(authority.certificate().getPublicKey()));
        if (keyUsage.length > 0) {
            extensions.add(extension(KEY_USAGE, Criticality.CRITICAL, keyUsage));
        }
        if (!usages.isEmpty()) {
            extensions.add(
                    extension(
                            EXTENDED_KEY_USAGE,
                            Criticality.ORDINARY,
                            Der.sequence(
                                    usages.stream()
                                            .map(Der::objectIdentifier)
                                            .toArray(byte[][]::new))));
        }
        if (!alternativeNames.isEmpty()) {
            extensions.add(
                    extension(
                            SUBJECT_ALTERNATIVE_NAME,
                            Criticality.ORDINARY,
                            Der.sequence(alternativeNames.toArray(byte[][]::new))));
        }
        return extensions;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Request(
            byte[] issuer, byte[] subject, PublicKey key, byte[] extensions, Duration lifetime) {}

    private enum Criticality {
        CRITICAL,
        ORDINARY
    }

    private static X509Certificate sign(
            Request request, PrivateKey key, Instant now, SecureRandom random) {
        Instant start = now.minus(CLOCK_SKEW).truncatedTo(ChronoUnit.SECONDS);
        byte[] toBeSigned =
                Der.sequence(
                        Der.explicit(0, Der.integer(BigInteger.TWO)),
                        Der.integer(new BigInteger(63, random).setBit(62)),
                        ECDSA_WITH_SHA256,
                        request.issuer(),
                        Der.sequence(Der.time(start), Der.time(start.plus(request.lifetime()))),
                        request.subject(),
                        request.key().getEncoded(),
                        Der.explicit(3, request.extensions()));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key, random);
            signature.update(toBeSigned);
            byte[] whole =
                    Der.sequence(toBeSigned, ECDSA_WITH_SHA256, Der.bitString(signature.sign(), 0));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot sign with EC keys", e);
        }
    }

    static KeyPair newKeyPair(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no EC keys", e);
        }
    }

    private static byte[] name(String commonName, Collection<String> organizations) {
        List<byte[]> parts = new ArrayList<>();
        organizations.forEach(organization -> parts.add(attribute(ORGANIZATION, organization)));
        parts.add(attribute(COMMON_NAME, commonName));
        return Der.sequence(parts.toArray(byte[][]::new));
    }

    private static byte[] attribute(String type, String value) {
        return Der.set(Der.sequence(Der.objectIdentifier(type), Der.text(value)));
    }

    private static List<byte[]> alternativeNames(
            Collection<String> dnsNames, Collection<InetAddress> addresses) {
        List<byte[]> names = new ArrayList<>();
        dnsNames.forEach(name -> names.add(Der.context(2, ascii(name))));
        addresses.forEach(address -> names.add(Der.context(7, address.getAddress())));
        return names;
    }

    private static byte[] subjectKey(PublicKey key) {
        return extension(
                SUBJECT_KEY_IDENTIFIER, Criticality.ORDINARY, Der.octets(keyIdentifier(key)));
    }

    // Verifiers that follow RFC 5280 to the letter, as Python's do, want it in every certificate.
    private static byte[] authorityKey(PublicKey key) {
        return extension(
                AUTHORITY_KEY_IDENTIFIER,
                Criticality.ORDINARY,
                Der.sequence(Der.context(0, keyIdentifier(key))));
    }

    // RFC 7093, 2, method 4.
    private static byte[] keyIdentifier(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return Arrays.copyOf(digest, KEY_IDENTIFIER_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    private static byte[] extension(String type, Criticality criticality, byte[] value) {
        byte[] identifier = Der.objectIdentifier(type);
        return criticality == Criticality.CRITICAL
                ? Der.sequence(identifier, Der.bool(true), Der.octets(value))
                : Der.sequence(identifier, Der.octets(value));
    }
}
