package io.fairlead.api;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// What somebody who wants a certificate sends: a name, a key, other names, signed with that key (PKCS #10, RFC 2986). The signature has been checked.
///
/// @param subject the name as it is encoded
/// @param commonName empty when the subject has none
/// @param emails like `uris`, of the subject's alternative names
@SuppressWarnings("ArrayRecordComponent")
public record CertificateRequest(
        byte[] subject,
        String commonName,
        List<String> organizations,
        PublicKey key,
        List<String> dnsNames,
        List<InetAddress> addresses,
        List<String> emails,
        List<String> uris) {
    private static final String BEGIN = "-----BEGIN CERTIFICATE REQUEST-----";
    private static final String END = "-----END CERTIFICATE REQUEST-----";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String ORGANIZATION = "2.5.4.10";
    private static final String EXTENSIONS = "1.2.840.113549.1.9.14";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final int ATTRIBUTES = 0xa0;
    private static final int EMAIL = 0x81;
    private static final int DNS = 0x82;
    private static final int URI = 0x86;
    private static final int ADDRESS = 0x87;

    private static final Map<String, String> KEYS =
            Map.of(
                    "1.2.840.113549.1.1.1", "RSA",
                    "1.2.840.10045.2.1", "EC",
                    "1.3.101.112", "Ed25519");
    private static final Map<String, String> SIGNATURES =
            Map.of(
                    "1.2.840.113549.1.1.5", "SHA1withRSA",
                    "1.2.840.113549.1.1.11", "SHA256withRSA",
                    "1.2.840.113549.1.1.12", "SHA384withRSA",
                    "1.2.840.113549.1.1.13", "SHA512withRSA",
                    "1.2.840.10045.4.1", "SHA1withECDSA",
                    "1.2.840.10045.4.3.2", "SHA256withECDSA",
                    "1.2.840.10045.4.3.3", "SHA384withECDSA",
                    "1.2.840.10045.4.3.4", "SHA512withECDSA",
                    "1.3.101.112", "Ed25519");

    public CertificateRequest {
        organizations = List.copyOf(organizations);
        dnsNames = List.copyOf(dnsNames);
        addresses = List.copyOf(addresses);
        emails = List.copyOf(emails);
        uris = List.copyOf(uris);
    }

    /// The request in a CertificateSigningRequest.
    ///
    /// @throws IllegalArgumentException with a sentence, when there is none, or its signature is wrong
    public static CertificateRequest of(JsonObject object) {
        byte[] pem;
        try {
            pem = Base64.getDecoder().decode(object.text("spec", "request"));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the request is not in base64", e);
        }
        return parse(new String(pem, StandardCharsets.ISO_8859_1));
    }

    /// @throws IllegalArgumentException as [#of]
    public static CertificateRequest parse(String pem) {
        int begin = pem.indexOf(BEGIN);
        int end = pem.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("PEM block type must be CERTIFICATE REQUEST");
        }
        String body = pem.substring(begin + BEGIN.length(), end).replaceAll("\\s", "");
        return decode(Base64.getDecoder().decode(body));
    }

    private static CertificateRequest decode(byte[] der) {
        DerReader all = new DerReader(der);
        DerReader request = all.enter(DerReader.SEQUENCE);
        byte[] signed = request.whole();
        String algorithm = request.enter(DerReader.SEQUENCE).identifier();
        byte[] signature = request.bits();
        if (all.hasNext() || request.hasNext()) {
            throw new IllegalArgumentException("malformed DER: more follows the request");
        }
        DerReader body = new DerReader(signed).enter(DerReader.SEQUENCE);
        body.next();
        byte[] subject = body.whole();
        PublicKey key = key(body.whole());
        verify(signed, algorithm, signature, key);
        Identity names = new Identity();
        names.readSubject(subject);
        if (body.tag() == ATTRIBUTES) {
            names.readAttributes(body.next());
        }
        return new CertificateRequest(
                subject,
                names.commonName,
                names.organizations,
                key,
                names.dnsNames,
                names.addresses,
                names.emails,
                names.uris);
    }

    private static PublicKey key(byte[] der) {
        String algorithm =
                new DerReader(der).enter(DerReader.SEQUENCE).enter(DerReader.SEQUENCE).identifier();
        String name = KEYS.get(algorithm);
        if (name == null) {
            throw new IllegalArgumentException("unknown public key algorithm " + algorithm);
        }
        try {
            return KeyFactory.getInstance(name).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot read the public key: " + e.getMessage(), e);
        }
    }

    private static void verify(byte[] signed, String algorithm, byte[] signature, PublicKey key) {
        String name = SIGNATURES.get(algorithm);
        if (name == null) {
            throw new IllegalArgumentException("unknown signature algorithm " + algorithm);
        }
        boolean isRight;
        try {
            Signature check = Signature.getInstance(name);
            check.initVerify(key);
            check.update(signed);
            isRight = check.verify(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot verify the signature: " + e.getMessage(), e);
        }
        if (!isRight) {
            throw new IllegalArgumentException("the signature does not match the public key");
        }
    }

    /// Collects the names of one request.
    private static final class Identity {
        private String commonName = "";
        private final List<String> organizations = new ArrayList<>();
        private final List<String> dnsNames = new ArrayList<>();
        private final List<InetAddress> addresses = new ArrayList<>();
        private final List<String> emails = new ArrayList<>();
        private final List<String> uris = new ArrayList<>();

        void readSubject(byte[] subject) {
            DerReader parts = new DerReader(subject).enter(DerReader.SEQUENCE);
            while (parts.hasNext()) {
                DerReader attributes = parts.enter(DerReader.SET);
                while (attributes.hasNext()) {
                    DerReader attribute = attributes.enter(DerReader.SEQUENCE);
                    switch (attribute.identifier()) {
                        case COMMON_NAME -> commonName = attribute.text();
                        case ORGANIZATION -> organizations.add(attribute.text());
                        default -> attribute.next();
                    }
                }
            }
        }

        void readAttributes(DerReader attributes) {
            while (attributes.hasNext()) {
                DerReader attribute = attributes.enter(DerReader.SEQUENCE);
                if (attribute.identifier().equals(EXTENSIONS)) {
                    DerReader extensions = attribute.enter(DerReader.SET).enter(DerReader.SEQUENCE);
                    while (extensions.hasNext()) {
                        readExtension(extensions.enter(DerReader.SEQUENCE));
                    }
                }
            }
        }

        private void readExtension(DerReader extension) {
            if (!extension.identifier().equals(ALTERNATIVE_NAMES)) {
                return;
            }
            while (extension.tag() != DerReader.OCTET_STRING) {
                extension.next();
            }
            DerReader names = extension.next().enter(DerReader.SEQUENCE);
            while (names.hasNext()) {
                int sort = names.tag();
                byte[] value = names.next().rest();
                String text = new String(value, StandardCharsets.US_ASCII);
                switch (sort) {
                    case EMAIL -> emails.add(text);
                    case DNS -> dnsNames.add(text);
                    case URI -> uris.add(text);
                    case ADDRESS -> addresses.add(address(value));
                    default -> {}
                }
            }
        }

        private static InetAddress address(byte[] bytes) {
            try {
                return InetAddress.getByAddress(bytes);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(
                        "cannot parse IP address of length " + bytes.length, e);
            }
        }
    }
}
