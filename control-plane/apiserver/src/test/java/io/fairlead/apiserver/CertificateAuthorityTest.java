package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String AUTHORITY_KEY = "2.5.29.35";

    @TempDir Path folder;

    @Test
    void saysInEveryCertificateWhoseKeyItIsAndWhoSigned() {
        CertificateAuthority authority =
                CertificateAuthority.create("a", Clock.systemUTC(), new SecureRandom());
        X509Certificate issued =
                authority
                        .issueServer("s", List.of("s"), List.of(InetAddress.getLoopbackAddress()))
                        .certificate();

        byte[] signer = key(authority.certificate(), SUBJECT_KEY);
        assertThat(signer).isEqualTo(key(authority.certificate(), AUTHORITY_KEY));
        assertThat(signer).isEqualTo(key(issued, AUTHORITY_KEY));
        assertThat(signer).isNotEqualTo(key(issued, SUBJECT_KEY));
    }

    @Test
    void signsOnWithTheKeyItKept() {
        CertificateAuthority first = open();
        CertificateAuthority second = open();

        assertThat(second.certificate()).isEqualTo(first.certificate());
        assertThat(second.vouchesForClient(first.issueClient("u", List.of()).certificate()))
                .isTrue();
    }

    private CertificateAuthority open() {
        return CertificateAuthority.open(folder, "kept", Clock.systemUTC(), new SecureRandom());
    }

    // The identifier is the last that both extensions have.
    private static byte[] key(X509Certificate certificate, String extension) {
        byte[] value = certificate.getExtensionValue(extension);
        return Arrays.copyOfRange(value, value.length - 20, value.length);
    }
}
