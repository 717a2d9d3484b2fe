package io.fairlead.apiserver;

import io.fairlead.api.CustomDefinition;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.apiserver.Housekeeping.Duty;
import io.fairlead.client.Dialer;
import io.fairlead.client.Transport;
import io.fairlead.expressions.SchemaExpressions;
import io.fairlead.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/// A Kubernetes API server over a [Store]: HTTPS for clients, [#transport] for parts of the same process. Both take the same way through
/// authorisation, admission and the store.
///
/// The constructor wires; [#start] fills an empty store with what every cluster has, and listens.
public final class ApiServer implements AutoCloseable {
    /// The version of the API, with our own suffix.
    public static final String VERSION = "v1.36.0+fairlead";

    private static final int LOOPS = 2;
    private static final String SIGNER = "service-account-signer";
    private static final String SERVING = "apiserver";

    private final ApiServerSettings settings;
    private final ApiServerRuntime runtime;
    private final CertificateAuthority authority;
    private final Dialer dialer;
    private final ObjectStore store;
    private final NodePods nodePods;
    private final ChangeCounter roleChanges = new ChangeCounter(RoleBasedAuthorizer.prefixes());
    private final ChangeCounter flowChanges = new ChangeCounter(FlowControl.prefixes());
    private final Optional<OidcIssuer> issuer;
    private final Optional<AuditLog> audit;
    private final X509Certificate proxyAuthority;
    private final FlowControl flows;
    private final RequestPipeline pipeline;
    private final UpstreamCalls calls;
    private final Authentication authentication;
    private final Housekeeping housekeeping;
    private final Bootstrap bootstrap;
    private final AtomicReference<HttpServer> http = new AtomicReference<>();
    private final List<InetSocketAddress> addresses = new ArrayList<>();

    /// @param authority issues the server's own certificates and vouches for clients'
    /// @param dialer reaches nodes, and pods behind the proxy
    public ApiServer(
            ApiServerSettings settings,
            Store<StoredObject> objects,
            CertificateAuthority authority,
            Dialer dialer,
            ApiServerRuntime runtime) {
        this.settings = settings;
        this.runtime = runtime;
        this.authority = authority;
        this.dialer = dialer;
        this.store = new ObjectStore(objects);
        RandomGenerator random = new SharedRandom(runtime.random());
        ServiceBackends backends = new ServiceBackends(store, random);
        UpstreamCalls calls = new UpstreamCalls(dialer, runtime.tasks());
        WebhookClient webhookClient = new WebhookClient(backends, calls);
        CustomResources catalog =
                new CustomResources(
                        store,
                        SchemaExpressions::of,
                        definition -> WebhookConversion.of(definition, webhookClient, random));
        ServiceAccountTokens tokens =
                new ServiceAccountTokens(signer(), runtime.clock(), runtime.secrets());
        this.nodePods = new NodePods(objects);
        RoleBasedAuthorizer authorizer =
                new RoleBasedAuthorizer(store::snapshot, roleChanges, new NodeAuthorizer(nodePods));
        this.audit =
                settings.access().audit().map(told -> new AuditLog(told, runtime.clock(), random));
        this.issuer =
                settings.access()
                        .oidc()
                        .map(oidc -> new OidcIssuer(oidc, runtime.clock(), runtime.tasks()));
        this.authentication =
                new Authentication(
                        authority,
                        tokens,
                        settings.access().staticTokens(),
                        issuer,
                        store::snapshot,
                        authorizer,
                        runtime.clock());
        ObjectRules rules = new ObjectRules();
        Views views = new Views(new Tables(runtime.clock()));
        AdmissionMatch match = new AdmissionMatch(catalog::catalog);
        PolicyExpressions expressions = new PolicyExpressions(authorizer);
        Webhooks webhooks = new Webhooks(webhookClient, match, expressions, random);
        Admission admission =
                new Admission(
                        List.of(
                                new NamespaceLifecycle(),
                                new LimitRanges(),
                                new PodAdmission(random),
                                new DefaultClasses(),
                                new NodeRestriction(),
                                new PodSecurity(),
                                new RoleEscalation(authorizer),
                                new CertificateRights(authorizer)),
                        List.of(
                                MutatingPolicies.of(match, catalog::catalog, expressions, rules),
                                new MutatingWebhooks(webhooks, rules)),
                        List.of(
                                ValidatingPolicies.of(match, catalog::catalog, expressions),
                                new ValidatingWebhooks(webhooks)));
        Strategies strategies = new Strategies(settings.serviceRanges(), settings.nodePorts());
        ObjectReader reader = new ObjectReader(store, rules, views, runtime.timer(), random);
        ObjectWriter writer = new ObjectWriter(store, rules, strategies, admission, random);
        Deletion deletion = new Deletion(store, strategies, admission, random);
        ResourceEndpoint resources =
                new ResourceEndpoint(
                        catalog::catalog,
                        store,
                        rules,
                        reader,
                        writer,
                        deletion,
                        views,
                        runtime.clock());
        Credential toNodes =
                authority.issueClient("kube-apiserver-kubelet-client", List.of(User.MASTERS));
        NodeStreams streams =
                new NodeStreams(
                        reader,
                        store,
                        TransportSecurity.client(toNodes, authority),
                        TransportSecurity.unverified());
        PartAdmission parts = new PartAdmission(admission, resources);
        Subresources subresources =
                new Subresources(
                        new Scales(reader, writer, resources),
                        new PodParts(store, reader, writer, deletion, resources, views, parts),
                        new TokenRequests(reader, tokens, runtime.clock(), random),
                        streams,
                        resources,
                        writer,
                        views,
                        parts);
        this.flows =
                new FlowControl(store::snapshot, flowChanges, settings.limits(), System::nanoTime);
        Metrics metrics = new Metrics(() -> store.snapshot().revision(), flows::metrics);
        CertificateAuthority proxies =
                CertificateAuthority.open(
                        settings.folder().resolve("front-proxy"),
                        "front-proxy-ca",
                        runtime.clock(),
                        runtime.secrets());
        this.proxyAuthority = proxies.certificate();
        Aggregation aggregation =
                new Aggregation(backends, proxies.issueClient(Aggregation.CLIENT, List.of()));
        RemoteApis others = new RemoteApis(store, aggregation, calls, resources, runtime);
        this.calls = calls;
        this.pipeline =
                new RequestPipeline(
                        catalog::catalog,
                        store,
                        aggregation,
                        authorizer,
                        new Documents(
                                catalog::catalog,
                                others::all,
                                version(),
                                serverAddress(),
                                metrics,
                                new Schemas(catalog::catalog, others::all),
                                tokens,
                                objects::backup),
                        resources,
                        subresources,
                        new Reviews(authentication, authorizer, rules, runtime.clock()),
                        new ComponentStatuses(store, views),
                        metrics,
                        audit,
                        runtime.clock());
        Transport own = transport(User.of("system:apiserver", User.MASTERS));
        JsonObject introduction =
                Aggregation.introduction(authority.certificatePem(), proxies.certificatePem());
        this.bootstrap = new Bootstrap(writer, store, own, settings, runtime.clock(), introduction);
        DefinitionCleanup definitions = new DefinitionCleanup(store, resources, deletion, runtime);
        PolicyTypeChecks policies = new PolicyTypeChecks(store, catalog::catalog, own);
        ApiServiceRegistration registration =
                new ApiServiceRegistration(store, catalog::catalog, own);
        String definitionKeys = StorageKeys.prefix(CustomDefinition.TYPE);
        String serviceKeys = StorageKeys.prefix(ApiServices.TYPE);
        this.housekeeping =
                new Housekeeping(
                        settings,
                        runtime,
                        store,
                        own,
                        bootstrap,
                        new FlowSchemaStatus(store, resources, runtime.clock()),
                        List.of(
                                new Duty(List.of(definitionKeys), definitions::settle),
                                new Duty(
                                        List.of(StorageKeys.prefix(ValidatingPolicies.TYPE)),
                                        policies::settle),
                                new Duty(
                                        List.of(definitionKeys, serviceKeys), registration::settle),
                                new Duty(
                                        List.of(
                                                serviceKeys,
                                                StorageKeys.prefix(ResourceType.SERVICE),
                                                StorageKeys.prefix(ResourceType.ENDPOINT_SLICE)),
                                        others::settle)));
    }

    /// Fills the store, listens, and begins to keep house.
    ///
    /// @throws IOException when an address cannot be had
    public void start() throws IOException {
        nodePods.start();
        roleChanges.start(store.store());
        flowChanges.start(store.store());
        bootstrap.run();
        HttpRequests requests =
                new HttpRequests(
                        authentication,
                        pipeline,
                        flows,
                        dialer,
                        new SharedRandom(runtime.random()));
        HttpServer server =
                new HttpServer(
                        TransportSecurity.server(serving(), authority),
                        runtime.threads(),
                        LOOPS,
                        settings.limits(),
                        connection ->
                                new HttpExchange(
                                        requests,
                                        connection,
                                        runtime.tasks(),
                                        settings.limits().timeout()));
        http.set(server);
        for (ApiServerSettings.Listener listener : settings.listeners()) {
            addresses.add(server.listen(listener.address(), listener.scope()));
        }
        housekeeping.start();
    }

    /// Where the server listens, with the ports that were chosen where none was asked for.
    public List<InetSocketAddress> addresses() {
        return List.copyOf(addresses);
    }

    /// Vouches for this server where it asks other API servers.
    public X509Certificate proxyAuthority() {
        return proxyAuthority;
    }

    /// A way into this server for parts of the same process, as that user.
    public Transport transport(User user) {
        return new LocalTransport(pipeline, user, calls, runtime.tasks());
    }

    /// Takes no more requests, and ends open ones. The store stays open.
    @Override
    public void close() {
        housekeeping.close();
        nodePods.close();
        roleChanges.close();
        flowChanges.close();
        issuer.ifPresent(OidcIssuer::close);
        HttpServer server = http.getAndSet(null);
        if (server != null) {
            server.close();
        }
        audit.ifPresent(AuditLog::close);
    }

    // Tokens must outlive a restart, so their key does.
    private Credential signer() {
        if (!Credential.exists(settings.folder(), SIGNER)) {
            authority.issueClient(SIGNER, List.of()).write(settings.folder(), SIGNER);
        }
        return Credential.read(settings.folder(), SIGNER);
    }

    private Credential serving() {
        Set<InetAddress> at = new LinkedHashSet<>();
        settings.listeners().forEach(listener -> at.add(listener.address().getAddress()));
        at.add(settings.advertised().getAddress());
        at.add(settings.serviceAddress());
        at.add(InetAddress.getLoopbackAddress());
        Set<String> names = new LinkedHashSet<>(settings.names());
        names.addAll(
                List.of(
                        "localhost",
                        "kubernetes",
                        "kubernetes.default",
                        "kubernetes.default.svc",
                        "kubernetes.default.svc.cluster.local"));
        Credential credential = authority.issueServer("kube-apiserver", names, at);
        credential.write(settings.folder(), SERVING);
        return credential;
    }

    private String serverAddress() {
        return IpAddress.of(settings.advertised().getAddress()).inUrl()
                + ":"
                + settings.advertised().getPort();
    }

    private static JsonObject version() {
        return JsonObject.builder()
                .put("major", "1")
                .put("minor", "36")
                .put("emulationMajor", "1")
                .put("emulationMinor", "36")
                .put("minCompatibilityMajor", "1")
                .put("minCompatibilityMinor", "35")
                .put("gitVersion", VERSION)
                .put("gitCommit", "")
                .put("gitTreeState", "clean")
                .put("buildDate", "2026-01-01T00:00:00Z")
                .put("goVersion", "java" + Runtime.version().feature())
                .put("compiler", "javac")
                .put("platform", "linux/" + architecture())
                .build();
    }

    private static String architecture() {
        return System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64";
    }
}
