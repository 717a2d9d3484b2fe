package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One repository at one address, over the OCI distribution protocol: signs in when it is asked to, follows redirects, tries again after passing faults.
///
/// Credentials go to this address, and to the token service it names, only.
final class RegistryEndpoint {
    private static final int ATTEMPTS = 3;
    private static final int REDIRECTS_MAX = 5;
    private static final int ANSWER_BYTES_MAX = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PARAMETER = Pattern.compile("([a-zA-Z]+)=\"([^\"]*)\"");

    private final HttpClient http;
    private final URI address;
    private final String repository;
    private final RegistryCredentials credentials;

    /// The header that opened the door last time; empty at first. A race only costs one more request for a token.
    private volatile String authorization = "";

    RegistryEndpoint(
            HttpClient http, URI address, String repository, RegistryCredentials credentials) {
        this.http = http;
        this.address = address;
        this.repository = repository;
        this.credentials = credentials;
    }

    @Override
    public String toString() {
        return address.getAuthority();
    }

    /// A successful answer; its body is the caller's to close.
    ///
    /// @param path below the repository, such as `manifests/latest`
    /// @throws ImageException when the registry answers that it will not
    HttpResponse<InputStream> get(String path, String accept) throws IOException, ImageException {
        URI uri = URI.create(address + "/v2/" + repository + "/" + path);
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<InputStream> response = signedIn(uri, accept);
                if (response.statusCode() == 200) {
                    return response;
                }
                try (InputStream body = response.body()) {
                    if (response.statusCode() < 500 || attempt == ATTEMPTS) {
                        throw new ImageException(
                                "%s answers %d%s"
                                        .formatted(this, response.statusCode(), reason(body)));
                    }
                }
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private HttpResponse<InputStream> signedIn(URI uri, String accept)
            throws IOException, ImageException {
        HttpResponse<InputStream> response = redirected(uri, accept);
        if (response.statusCode() != 401) {
            return response;
        }
        Optional<String> found = authorization(response);
        if (found.isEmpty()) {
            return response;
        }
        response.body().close();
        authorization = found.orElseThrow();
        return redirected(uri, accept);
    }

    private HttpResponse<InputStream> redirected(URI start, String accept)
            throws IOException, ImageException {
        URI uri = start;
        for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).header("Accept", accept);
            // The storage behind a registry has its own signature in the address, and no right to
            // our token.
            if (uri.getAuthority().equals(start.getAuthority()) && !authorization.isEmpty()) {
                request.header("Authorization", authorization);
            }
            HttpResponse<InputStream> response = send(request.build());
            Optional<String> location = response.headers().firstValue("location");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            uri = next(uri, location.orElseThrow());
        }
        throw new ImageException(this + " redirects too often");
    }

    private URI next(URI from, String location) throws ImageException {
        try {
            URI next = from.resolve(location);
            boolean isSafe = "https".equals(next.getScheme()) || "http".equals(from.getScheme());
            if (next.getAuthority() == null || !isSafe) {
                throw new ImageException(this + " redirects to an unsafe address: " + next);
            }
            return next;
        } catch (IllegalArgumentException e) {
            throw new ImageException(this + " redirects to what is no address: " + location, e);
        }
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException, ImageException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException("the pull was interrupted", e);
        }
    }

    /// What to say to a registry that asks who we are; empty when there is nothing new to say.
    private Optional<String> authorization(HttpResponse<InputStream> refused)
            throws IOException, ImageException {
        for (String challenge : refused.headers().allValues("www-authenticate")) {
            String scheme = challenge.split(" ", 2)[0].toLowerCase(Locale.ROOT);
            if (scheme.equals("bearer")) {
                return Optional.of("Bearer " + token(parameters(challenge)));
            }
            if (scheme.equals("basic") && !credentials.isAnonymous()) {
                return Optional.of(basic()).filter(header -> !header.equals(authorization));
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> parameters(String challenge) {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            parameters.put(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2));
        }
        return parameters;
    }

    private String token(Map<String, String> challenge) throws IOException, ImageException {
        String scope = challenge.getOrDefault("scope", "repository:" + repository + ":pull");
        String query = "scope=" + encoded(scope);
        String service = challenge.get("service");
        if (service != null) {
            query = "service=" + encoded(service) + "&" + query;
        }
        String realm = challenge.getOrDefault("realm", "");
        URI uri;
        try {
            uri = URI.create(realm + (realm.indexOf('?') < 0 ? "?" : "&") + query);
        } catch (IllegalArgumentException e) {
            throw new ImageException(this + " names no token service: " + realm, e);
        }
        if (uri.getAuthority() == null
                || (!"https".equals(uri.getScheme()) && "https".equals(address.getScheme()))) {
            throw new ImageException(this + " names an unsafe token service: " + realm);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
        if (!credentials.isAnonymous()) {
            request.header("Authorization", basic());
        }
        HttpResponse<InputStream> response = send(request.build());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new ImageException(
                        "%s, the token service of %s, answers %d%s"
                                .formatted(
                                        uri.getAuthority(),
                                        this,
                                        response.statusCode(),
                                        reason(body)));
            }
            JsonObject answer =
                    ImageDescription.document(body.readNBytes(ANSWER_BYTES_MAX), "access token");
            String token = answer.text("token");
            return token.isEmpty() ? answer.text("access_token") : token;
        }
    }

    private String basic() {
        String pair = credentials.username() + ":" + credentials.password();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// What the registry says in its own words, as `: …`, or nothing.
    private static String reason(InputStream body) throws IOException {
        try {
            JsonObject answer =
                    ImageDescription.document(body.readNBytes(ANSWER_BYTES_MAX), "answer");
            for (Json error : answer.list("errors")) {
                return ": " + error.text("code") + " " + error.text("message");
            }
            return "";
        } catch (ImageException notJson) {
            return "";
        }
    }
}
