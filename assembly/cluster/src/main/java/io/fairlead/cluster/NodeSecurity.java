package io.fairlead.cluster;

import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.node.NodeSettings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import javax.net.ssl.SSLException;

/// How a node's own API proves itself and whom it lets in: holders of a certificate of the cluster's authority, which the API server is.
final class NodeSecurity {
    private NodeSecurity() {}

    static SslContext server(CertificateAuthority authority, NodeSettings node) {
        Credential credential =
                authority.issueServer(
                        "system:node:" + node.name(), List.of(node.name()), node.addresses());
        try {
            return SslContextBuilder.forServer(
                            credential.key(), credential.certificate(), authority.certificate())
                    .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .trustManager(authority.certificate())
                    .clientAuth(ClientAuth.REQUIRE)
                    .build();
        } catch (SSLException e) {
            throw new ClusterException(
                    "node %s cannot prove itself: %s.".formatted(node.name(), e.getMessage()), e);
        }
    }
}
