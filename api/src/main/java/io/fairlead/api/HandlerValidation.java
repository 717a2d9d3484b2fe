package io.fairlead.api;

import java.util.List;
import java.util.regex.Pattern;

/// The rules for probes and for what is called when a container starts and stops.
final class HandlerValidation {
    private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc");
    private static final List<String> HOOKS = List.of("exec", "httpGet", "tcpSocket", "sleep");
    private static final Pattern HEADER = Pattern.compile("[-A-Za-z0-9]+");

    private final FieldErrors errors;

    private HandlerValidation(FieldErrors errors) {
        this.errors = errors;
    }

    /// @param field the path of the container
    static void check(
            String field, JsonObject container, long gracePeriodSeconds, FieldErrors errors) {
        HandlerValidation rules = new HandlerValidation(errors);
        for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
            if (container.has(probe)) {
                rules.probe(field + "." + probe, container.object(probe), probe);
            }
        }
        for (String hook : List.of("postStart", "preStop")) {
            if (container.has("lifecycle", hook)) {
                JsonObject handler = container.object("lifecycle", hook);
                rules.handler(field + ".lifecycle." + hook, handler, HOOKS);
                rules.sleep(field + ".lifecycle." + hook + ".sleep", handler, gracePeriodSeconds);
            }
        }
    }

    private void probe(String field, JsonObject probe, String kind) {
        handler(field, probe, HANDLERS);
        for (String name :
                List.of(
                        "initialDelaySeconds",
                        "timeoutSeconds",
                        "periodSeconds",
                        "successThreshold",
                        "failureThreshold")) {
            errors.notNegative(field, probe, name);
        }
        if (!kind.equals("readinessProbe") && probe.number(1, "successThreshold") != 1) {
            errors.invalid(
                    field + ".successThreshold",
                    Json.of(probe.number(1, "successThreshold")),
                    "must be 1");
        }
        if (kind.equals("readinessProbe") && probe.has("terminationGracePeriodSeconds")) {
            errors.invalid(
                    field + ".terminationGracePeriodSeconds",
                    Json.of(probe.number(0, "terminationGracePeriodSeconds")),
                    "must not be set for readinessProbes");
        }
    }

    private void handler(String field, JsonObject handler, List<String> known) {
        List<String> handlers = known.stream().filter(handler::has).toList();
        if (handlers.isEmpty()) {
            errors.required(field, "must specify a handler type");
        } else if (handlers.size() > 1) {
            errors.forbidden(
                    field + "." + handlers.get(1), "may not specify more than 1 handler type");
        }
        if (handler.has("exec") && handler.list("exec", "command").isEmpty()) {
            errors.required(field + ".exec.command");
        }
        for (String kind : List.of("httpGet", "tcpSocket")) {
            if (handler.has(kind)) {
                errors.portOrName(
                        field + "." + kind + ".port",
                        handler.find(kind, "port").orElse(Json.of(0)));
            }
        }
        if (handler.has("httpGet")) {
            errors.oneOf(
                    field + ".httpGet.scheme", handler.text("httpGet", "scheme"), "HTTP", "HTTPS");
        }
        for (Json header : handler.list("httpGet", "httpHeaders")) {
            String name = header.text("name");
            if (!HEADER.matcher(name).matches()) {
                errors.invalid(
                        field + ".httpGet.httpHeaders",
                        name,
                        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g."
                                + " 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
            }
        }
        if (handler.has("grpc")) {
            errors.port(field + ".grpc.port", handler.number(0, "grpc", "port"));
        }
    }

    private void sleep(String field, JsonObject handler, long gracePeriodSeconds) {
        long seconds = handler.number(0, "sleep", "seconds");
        if (seconds < 0 || seconds > gracePeriodSeconds) {
            errors.invalid(
                    field,
                    Json.of(seconds),
                    "must be non-negative and less than terminationGracePeriodSeconds (%d)"
                            .formatted(gracePeriodSeconds));
        }
    }
}
