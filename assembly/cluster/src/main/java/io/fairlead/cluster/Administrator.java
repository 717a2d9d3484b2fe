package io.fairlead.cluster;

import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.apiserver.User;
import io.fairlead.client.Kubeconfig;
import java.net.URI;
import java.util.List;

/// The user who may do everything, by client certificate.
final class Administrator {
    private Administrator() {}

    static Credential issue(CertificateAuthority authority) {
        return authority.issueClient("kubernetes-admin", List.of(User.MASTERS));
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
