package io.fairlead.cluster;

import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.client.Transport;
import io.fairlead.metrics.ResourceMetricsServer;
import io.fairlead.node.InProcessProgram;
import io.fairlead.node.ProgramContext;
import io.fairlead.node.RunningProgram;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/// The server of `metrics.k8s.io` as an in-process container.
final class MetricsProgram implements InProcessProgram {
    static final String NAME = "metrics";

    private final Transport transport;
    private final CertificateAuthority authority;
    private final X509Certificate callers;
    private final EventLoopGroup loops;
    private final Execution execution;

    /// @param transport as the program's own service account
    /// @param authority vouches for the program and for nodes' agents
    /// @param callers vouches for the API server, as other API servers know it
    MetricsProgram(
            Transport transport,
            CertificateAuthority authority,
            X509Certificate callers,
            EventLoopGroup loops,
            Execution execution) {
        this.transport = transport;
        this.authority = authority;
        this.callers = callers;
        this.loops = loops;
        this.execution = execution;
    }

    @Override
    public RunningProgram start(ProgramContext context) throws IOException {
        ResourceMetricsServer.Means means =
                new ResourceMetricsServer.Means(
                        transport,
                        proof(),
                        toNodes(),
                        context::openSocketChannel,
                        loops,
                        execution.clock(),
                        execution.tasks());
        ResourceMetricsServer server =
                ResourceMetricsServer.start(
                        means,
                        context.openServerSocketChannel(),
                        new InetSocketAddress(ResourceMetricsServer.PORT));
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        return new RunningProgram() {
            @Override
            public CompletableFuture<Integer> exit() {
                return exit;
            }

            @Override
            public void stop() {
                server.close();
                exit.complete(0);
            }
        };
    }

    private SslContext proof() throws SSLException {
        String name = MetricsAddOn.SERVICE + "." + MetricsAddOn.NAMESPACE + ".svc";
        Credential own = authority.issueServer(name, List.of(name), List.of());
        return SslContextBuilder.forServer(own.key(), own.certificate(), authority.certificate())
                .trustManager(callers)
                .clientAuth(ClientAuth.REQUIRE)
                .build();
    }

    private SslContext toNodes() throws SSLException {
        Credential own = authority.issueClient("fairlead-metrics", List.of());
        return SslContextBuilder.forClient()
                .keyManager(own.key(), own.certificate())
                .trustManager(authority.certificate())
                .endpointIdentificationAlgorithm("")
                .build();
    }
}
