package io.fairlead.api;

import java.net.URI;
import java.net.URISyntaxException;

/// The rules for how to reach a webhook: exactly one of an HTTPS address and a Service.
final class ClientConfigValidation {
    private ClientConfigValidation() {}

    static void check(JsonObject config, String at, FieldErrors errors) {
        boolean hasUrl = config.has("url");
        boolean hasService = config.has("service");
        if (hasUrl == hasService) {
            errors.required(at, "exactly one of url or service is required");
            return;
        }
        if (hasUrl) {
            url(config.text("url"), at + ".url", errors);
            return;
        }
        JsonObject service = config.object("service");
        if (service.text("name").isEmpty()) {
            errors.required(at + ".service.name", "service name is required");
        }
        if (service.text("namespace").isEmpty()) {
            errors.required(at + ".service.namespace", "service namespace is required");
        }
        long port = service.number(443, "port");
        if (port < 1 || port > 65535) {
            errors.invalid(
                    at + ".service.port",
                    Json.of(port),
                    "port is not valid: must be between 1 and 65535, inclusive");
        }
        String path = service.text("path");
        if (!path.isEmpty() && !path.startsWith("/")) {
            errors.invalid(at + ".service.path", path, "must start with a '/'");
        }
    }

    private static void url(String url, String at, FieldErrors errors) {
        String form = "; desired format: https://host[/path]";
        try {
            URI uri = new URI(url);
            if (!"https".equals(uri.getScheme())) {
                errors.invalid(
                        at,
                        String.valueOf(uri.getScheme()),
                        "'https' is the only allowed URL scheme" + form);
            }
            if (uri.getHost() == null) {
                errors.invalid(at, "", "host must be specified" + form);
            }
            if (uri.getUserInfo() != null) {
                errors.invalid(
                        at, uri.getUserInfo(), "user information is not permitted in the URL");
            }
            if (uri.getRawFragment() != null) {
                errors.invalid(at, uri.getRawFragment(), "fragments are not permitted in the URL");
            }
            if (uri.getRawQuery() != null) {
                errors.invalid(
                        at, uri.getRawQuery(), "query parameters are not permitted in the URL");
            }
        } catch (URISyntaxException e) {
            errors.required(at, "url must be a valid URL: " + e.getMessage() + form);
        }
    }
}
