package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Passes requests for versions that other servers serve on to them, and tells them in headers who asks, which they believe because of the certificate that is shown.
final class Aggregation {
    static final ObjectName INTRODUCTION =
            new ObjectName("kube-system", "extension-apiserver-authentication");
    static final String CLIENT = "front-proxy-client";
    static final String USER = "X-Remote-User";
    static final String UID = "X-Remote-Uid";
    static final String GROUP = "X-Remote-Group";
    static final String EXTRA = "X-Remote-Extra-";

    private static final long USUAL_PORT = 443;

    private final ServiceBackends backends;
    private final Credential client;

    /// @param client what is shown to other servers
    Aggregation(ServiceBackends backends, Credential client) {
        this.backends = backends;
        this.client = client;
    }

    /// The call, for the server of `service` to answer.
    Answer forward(Call call, JsonObject service) {
        if (!ApiServices.isAvailable(service)) {
            return unavailable();
        }
        try {
            return new Answer.Forward(upstream(service, target(call), call.user()));
        } catch (IOException e) {
            return unavailable();
        }
    }

    /// What answers when nobody else does.
    static Answer unavailable() {
        return Documents.text(503, "text/plain; charset=utf-8", "service unavailable\n");
    }

    /// One of the servers behind an APIService.
    ///
    /// @param target the path and query to ask for
    /// @throws IOException when there is none
    Upstream upstream(JsonObject service, String target, User user) throws IOException {
        JsonObject reference = service.object("spec", "service");
        ObjectName name = new ObjectName(reference.text("namespace"), reference.text("name"));
        ServiceBackends.Backend backend =
                backends.choose(name, reference.number(USUAL_PORT, "port"));
        boolean isUnchecked = service.flag("spec", "insecureSkipTLSVerify");
        return new Upstream(
                backend.node(),
                backend.address(),
                Optional.of(security(service)),
                isUnchecked ? "" : name.name() + "." + name.namespace() + ".svc",
                target,
                "",
                identity(user));
    }

    private SSLContext security(JsonObject service) throws IOException {
        if (service.flag("spec", "insecureSkipTLSVerify")) {
            return TransportSecurity.unverified(client);
        }
        byte[] bundle = Base64.getDecoder().decode(service.text("spec", "caBundle"));
        return TransportSecurity.verifying(new String(bundle, StandardCharsets.UTF_8), client);
    }

    private static List<Map.Entry<String, String>> identity(User user) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry(USER, user.name()));
        if (!user.uid().isEmpty()) {
            headers.add(Map.entry(UID, user.uid()));
        }
        user.groups().forEach(group -> headers.add(Map.entry(GROUP, group)));
        user.extra()
                .forEach((name, values) ->
                        values.forEach(
                                value -> headers.add(Map.entry(EXTRA + encoded(name), value))));
        return headers;
    }

    // A header's name has fewer letters than the name of something extra.
    private static String encoded(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            boolean isPlain =
                    Character.isLetterOrDigit(each) || "!#$&'*+-.^_`|~".indexOf(each) >= 0;
            if (isPlain && each > 0) {
                encoded.append((char) each);
            } else {
                encoded.append("%%%02X".formatted(each & 0xff));
            }
        }
        return encoded.toString();
    }

    private static String target(Call call) {
        try {
            String path = new URI(null, null, call.path(), null).getRawPath();
            return path + NodeStreams.query(call, List.copyOf(call.query().keySet()));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the path is none: " + call.path(), e);
        }
    }

    /// How other servers know this one, as they read it from ConfigMap `kube-system/extension-apiserver-authentication`.
    ///
    /// @param clientAuthority vouches for users' certificates
    /// @param proxyAuthority vouches for the certificate that this server shows
    static JsonObject introduction(String clientAuthority, String proxyAuthority) {
        return JsonObject.builder()
                .put("client-ca-file", clientAuthority)
                .put("requestheader-allowed-names", "[\"" + CLIENT + "\"]")
                .put("requestheader-client-ca-file", proxyAuthority)
                .put("requestheader-extra-headers-prefix", "[\"" + EXTRA + "\"]")
                .put("requestheader-group-headers", "[\"" + GROUP + "\"]")
                .put("requestheader-uid-headers", "[\"" + UID + "\"]")
                .put("requestheader-username-headers", "[\"" + USER + "\"]")
                .build();
    }

    /// The same as [#introduction], as an object.
    static JsonObject configMap(JsonObject introduction) {
        return JsonObject.builder()
                .put("kind", "ConfigMap")
                .put("apiVersion", "v1")
                .put(
                        "metadata",
                        JsonObject.of(
                                "name",
                                Json.of(INTRODUCTION.name()),
                                "namespace",
                                Json.of(INTRODUCTION.namespace())))
                .put("data", introduction)
                .build();
    }
}
