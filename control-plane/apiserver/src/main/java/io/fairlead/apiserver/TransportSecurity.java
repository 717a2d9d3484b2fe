package io.fairlead.apiserver;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Makes TLS contexts straight from keys and certificates. Key stores are avoided: building one costs more than the rest of a server's start.
final class TransportSecurity {
    private TransportSecurity() {}

    /// For the server's listeners: asks clients for certificates but lets everybody in, because who they are is judged per request.
    /// BoringSSL where it loads, else the JDK.
    static SslContext server(Credential credential, CertificateAuthority authority) {
        try {
            if (OpenSsl.isAvailable()) {
                return SslContextBuilder.forServer(keys(credential))
                        .sslProvider(SslProvider.OPENSSL)
                        .trustManager(new AnyPeer(authority.certificate()))
                        .clientAuth(ClientAuth.OPTIONAL)
                        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .applicationProtocolConfig(protocols())
                        .build();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    new KeyManager[] {keys(credential)},
                    new TrustManager[] {new AnyPeer(authority.certificate())},
                    null);
            return new JdkSslContext(
                    context,
                    false,
                    null,
                    SupportedCipherSuiteFilter.INSTANCE,
                    protocols(),
                    ClientAuth.OPTIONAL,
                    new String[] {"TLSv1.3", "TLSv1.2"},
                    false);
        } catch (SSLException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a TLS context for the API server", e);
        }
    }

    /// For connections to nodes: shows `credential`, trusts what the authority signed.
    static SSLContext client(Credential credential, CertificateAuthority authority) {
        return client(new KeyManager[] {keys(credential)}, new Issued(authority.certificate()));
    }

    /// For backends behind the proxy subresource, whose certificates nobody can know.
    static SSLContext unverified() {
        return client(new KeyManager[0], new AnyPeer(null));
    }

    /// For calls to others: trusts whom the PEM text names, or, when it is empty, whom this machine trusts. The name is for the connection to check.
    ///
    /// @throws IOException when the text holds no certificates
    static SSLContext verifying(String pem) throws IOException {
        return verifying(pem, new KeyManager[0]);
    }

    /// As [#verifying], and shows `credential`.
    static SSLContext verifying(String pem, Credential credential) throws IOException {
        return verifying(pem, new KeyManager[] {keys(credential)});
    }

    /// For backends whose certificates need not be checked; shows `credential`.
    static SSLContext unverified(Credential credential) {
        return client(new KeyManager[] {keys(credential)}, new AnyPeer(null));
    }

    private static SSLContext verifying(String pem, KeyManager[] keys) throws IOException {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (X509Certificate certificate : Credential.certificatesFrom(pem)) {
                trusted.setCertificateEntry("ca-" + count++, certificate);
            }
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(pem.isEmpty() ? null : trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("unable to load root certificates: " + e.getMessage(), e);
        }
    }

    private static SSLContext client(KeyManager[] keys, TrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a TLS context for nodes", e);
        }
    }

    private static ApplicationProtocolConfig protocols() {
        return new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2,
                ApplicationProtocolNames.HTTP_1_1);
    }

    private static X509ExtendedKeyManager keys(Credential credential) {
        return new OneKey(credential);
    }

    private static final class OneKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "key";

        private final Credential credential;

        OneKey(Credential credential) {
            this.credential = credential;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return ALIAS;
        }

        @Override
        public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return ALIAS;
        }

        @Override
        public String chooseEngineClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return ALIAS;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return keyType.startsWith("EC") ? ALIAS : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return credential.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return credential.key();
        }
    }

    private abstract static class Trust extends X509ExtendedTrustManager {
        abstract void check(X509Certificate[] chain) throws java.security.cert.CertificateException;

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws java.security.cert.CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws java.security.cert.CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws java.security.cert.CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws java.security.cert.CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType)
                throws java.security.cert.CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType)
                throws java.security.cert.CertificateException {
            check(chain);
        }
    }

    private static final class AnyPeer extends Trust {
        private final @Nullable X509Certificate preferred;

        AnyPeer(@Nullable X509Certificate preferred) {
            this.preferred = preferred;
        }

        @Override
        void check(X509Certificate[] chain) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return preferred == null ? new X509Certificate[0] : new X509Certificate[] {preferred};
        }
    }

    private static final class Issued extends Trust {
        private final X509Certificate authority;

        Issued(X509Certificate authority) {
            this.authority = authority;
        }

        @Override
        void check(X509Certificate[] chain) throws java.security.cert.CertificateException {
            try {
                chain[0].checkValidity();
                chain[0].verify(authority.getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new java.security.cert.CertificateException(
                        "not issued by the cluster's authority: "
                                + chain[0].getSubjectX500Principal(),
                        e);
            }
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[] {authority};
        }
    }
}
