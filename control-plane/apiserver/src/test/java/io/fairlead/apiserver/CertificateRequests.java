package io.fairlead.apiserver;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Base64;
import java.util.List;

/// Makes what a client sends who wants a certificate.
final class CertificateRequests {
    private CertificateRequests() {}

    /// A PKCS #10 request in PEM.
    static String pem(KeyPair pair, String commonName, List<String> organizations, String... dns)
            throws Exception {
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(der(pair, commonName, organizations, dns))
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }

    /// As objects carry it.
    static String encoded(KeyPair pair, String commonName, List<String> organizations)
            throws Exception {
        return Base64.getEncoder()
                .encodeToString(
                        pem(pair, commonName, organizations).getBytes(StandardCharsets.US_ASCII));
    }

    static KeyPair pair() {
        return CertificateAuthority.newKeyPair(new SecureRandom());
    }

    static byte[] der(KeyPair pair, String commonName, List<String> organizations, String... dns)
            throws Exception {
        byte[][] parts = new byte[organizations.size() + 1][];
        for (int i = 0; i < organizations.size(); i++) {
            parts[i] = attribute("2.5.4.10", organizations.get(i));
        }
        parts[organizations.size()] = attribute("2.5.4.3", commonName);
        byte[] body =
                Der.sequence(
                        Der.integer(java.math.BigInteger.ZERO),
                        Der.sequence(parts),
                        pair.getPublic().getEncoded(),
                        Der.explicit(
                                0, dns.length == 0 ? new byte[0][] : new byte[][] {names(dns)}));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(body);
        return Der.sequence(
                body,
                Der.sequence(Der.objectIdentifier("1.2.840.10045.4.3.2")),
                Der.bitString(signature.sign(), 0));
    }

    private static byte[] names(String... dns) {
        byte[][] names = new byte[dns.length][];
        for (int i = 0; i < dns.length; i++) {
            names[i] = Der.context(2, dns[i].getBytes(StandardCharsets.US_ASCII));
        }
        byte[] extension =
                Der.sequence(Der.objectIdentifier("2.5.29.17"), Der.octets(Der.sequence(names)));
        return Der.sequence(
                Der.objectIdentifier("1.2.840.113549.1.9.14"), Der.set(Der.sequence(extension)));
    }

    private static byte[] attribute(String type, String value) {
        return Der.set(Der.sequence(Der.objectIdentifier(type), Der.text(value)));
    }
}
