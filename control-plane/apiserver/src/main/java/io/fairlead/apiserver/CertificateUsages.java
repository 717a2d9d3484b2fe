package io.fairlead.apiserver;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What a certificate is good for, from Kubernetes' words to those of X.509 (RFC 5280, 4.2.1.3 and 4.2.1.12).
final class CertificateUsages {
    private static final Map<String, Integer> KEY_BITS =
            Map.of(
                    "signing", 0,
                    "digital signature", 0,
                    "content commitment", 1,
                    "key encipherment", 2,
                    "data encipherment", 3,
                    "key agreement", 4,
                    "cert sign", 5,
                    "crl sign", 6,
                    "encipher only", 7,
                    "decipher only", 8);

    private static final Map<String, String> EXTENDED =
            Map.ofEntries(
                    Map.entry("any", "2.5.29.37.0"),
                    Map.entry("server auth", "1.3.6.1.5.5.7.3.1"),
                    Map.entry("client auth", CertificateAuthority.CLIENT_AUTH),
                    Map.entry("code signing", "1.3.6.1.5.5.7.3.3"),
                    Map.entry("email protection", "1.3.6.1.5.5.7.3.4"),
                    Map.entry("s/mime", "1.3.6.1.5.5.7.3.4"),
                    Map.entry("ipsec end system", "1.3.6.1.5.5.7.3.5"),
                    Map.entry("ipsec tunnel", "1.3.6.1.5.5.7.3.6"),
                    Map.entry("ipsec user", "1.3.6.1.5.5.7.3.7"),
                    Map.entry("timestamping", "1.3.6.1.5.5.7.3.8"),
                    Map.entry("ocsp signing", "1.3.6.1.5.5.7.3.9"),
                    Map.entry("microsoft sgc", "1.3.6.1.4.1.311.10.3.3"),
                    Map.entry("netscape sgc", "2.16.840.1.113730.4.1"));

    private CertificateUsages() {}

    /// The bit string of the key's usages; empty when there are none.
    static byte[] keyUsage(Collection<String> usages) {
        int bits = 0;
        int last = -1;
        for (String usage : usages) {
            Integer bit = KEY_BITS.get(usage);
            if (bit != null) {
                bits |= 0x8000 >>> bit;
                last = Math.max(last, bit);
            }
        }
        if (last < 0) {
            return new byte[0];
        }
        // Named bits: zeros at the end are not written.
        return last < 8
                ? Der.bitString(new byte[] {(byte) (bits >>> 8)}, 7 - last)
                : Der.bitString(new byte[] {(byte) (bits >>> 8), (byte) bits}, 15 - last);
    }

    /// The object identifiers of the other usages.
    static List<String> extended(Collection<String> usages) {
        return usages.stream()
                .filter(EXTENDED::containsKey)
                .map(usage -> EXTENDED.getOrDefault(usage, ""))
                .distinct()
                .toList();
    }
}
