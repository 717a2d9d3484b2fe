package io.fairlead.cluster;

import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.apiserver.User;
import io.fairlead.client.Kubeconfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The user who may do everything, by client certificate.
final class Administrator {
    private static final String FILE = "admin";
    private static final Duration RENEWED_BEFORE = Duration.ofDays(30);

    private Administrator() {}

    /// The key and certificate kept in `folder`, made on first use and a month before they expire.
    static Credential keptIn(Path folder, CertificateAuthority authority, Instant now) {
        if (Credential.exists(folder, FILE)) {
            Credential kept = Credential.read(folder, FILE);
            if (kept.certificate().getNotAfter().toInstant().isAfter(now.plus(RENEWED_BEFORE))) {
                return kept;
            }
        }
        Credential made = issue(authority);
        made.write(folder, FILE);
        return made;
    }

    static Credential issue(CertificateAuthority authority) {
        return authority.issueRsaClient("kubernetes-admin", List.of(User.MASTERS));
    }

    static Kubeconfig kubeconfig(
            String context, URI server, CertificateAuthority authority, Credential credential) {
        return Kubeconfig.of(
                context,
                new Kubeconfig.Access(
                        server,
                        authority.certificatePem(),
                        credential.certificatesPem(),
                        credential.keyPem(),
                        ""));
    }
}
