package io.fairlead.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// Collects what is wrong with an object, in the words of Kubernetes. Owned by one validation.
final class FieldErrors {
    private static final String BAD_IP =
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    private static final String BAD_CIDR =
            "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

    private static final Pattern LEADING_ZERO =
            Pattern.compile("(?=.*\\b0\\d)\\d{1,3}(\\.\\d{1,3}){3}");

    private final List<FieldError> errors = new ArrayList<>();

    List<FieldError> all() {
        return List.copyOf(errors);
    }

    /// How many there are so far.
    int count() {
        return errors.size();
    }

    /// Whether something is wrong below a path.
    boolean anyBelow(String path) {
        return errors.stream().anyMatch(error -> error.field().startsWith(path + "."));
    }

    /// @param why empty where Kubernetes gives no reason
    void invalid(String field, Json value, String why) {
        add(
                field,
                "FieldValueInvalid",
                "Invalid value: " + JsonWriter.text(value) + (why.isEmpty() ? "" : ": " + why));
    }

    void invalid(String field, String value, String why) {
        invalid(field, Json.of(value), why);
    }

    void invalid(String field, String value, List<String> reasons) {
        reasons.forEach(why -> invalid(field, value, why));
    }

    void required(String field) {
        add(field, "FieldValueRequired", "Required value");
    }

    void required(String field, String why) {
        add(field, "FieldValueRequired", "Required value: " + why);
    }

    void forbidden(String field, String why) {
        add(field, "FieldValueForbidden", "Forbidden: " + why);
    }

    void duplicate(String field, Json value) {
        add(field, "FieldValueDuplicate", "Duplicate value: " + JsonWriter.text(value));
    }

    void notFound(String field, String value) {
        add(field, "FieldValueNotFound", "Not found: " + JsonWriter.text(Json.of(value)));
    }

    void tooLong(String field, String why) {
        add(field, "FieldValueTooLong", "Too long: " + why);
    }

    void notSupported(String field, String value, String... supported) {
        notSupported(field, Json.of(value), supported);
    }

    void notSupported(String field, Json value, String... supported) {
        List<String> quoted = Arrays.stream(supported).map(word -> "\"" + word + "\"").toList();
        add(
                field,
                "FieldValueNotSupported",
                "Unsupported value: %s: supported values: %s"
                        .formatted(JsonWriter.text(value), String.join(", ", quoted)));
    }

    /// Complains unless the value is one of those supported.
    void oneOf(String field, String value, String... supported) {
        if (!List.of(supported).contains(value)) {
            notSupported(field, value, supported);
        }
    }

    void port(String field, long port) {
        if (port < 1 || port > 65535) {
            invalid(field, Json.of(port), "must be between 1 and 65535, inclusive");
        }
    }

    /// A number, or the name of a port.
    void portOrName(String field, Json port) {
        switch (IntOrString.of(port)) {
            case IntOrString.Whole whole -> port(field, whole.value());
            case IntOrString.Text text ->
                    invalid(field, text.value(), Names.portNameErrors(text.value()));
        }
    }

    void notNegative(String field, Json parent, String name) {
        if (parent.number(0, name) < 0) {
            invalid(
                    field + "." + name,
                    Json.of(parent.number(0, name)),
                    "must be greater than or equal to 0");
        }
    }

    void labels(String field, JsonObject labels) {
        labels.strings()
                .forEach((name, value) -> {
                    invalid(field, name, Names.labelKeyErrors(name));
                    invalid(field, value, Names.labelValueErrors(value));
                });
    }

    /// Whether the text is an address.
    boolean ip(String field, String ip) {
        if (IpAddress.find(ip).isPresent()) {
            return true;
        }
        invalid(
                field,
                ip,
                LEADING_ZERO.matcher(ip).matches() ? "must not have leading 0s" : BAD_IP);
        return false;
    }

    void cidr(String field, String cidr) {
        if (Cidr.find(cidr).isEmpty()) {
            invalid(field, cidr, BAD_CIDR);
        }
    }

    /// Addresses that cannot be somebody else's.
    void ordinaryIp(String field, String ip) {
        var address = IpAddress.find(ip);
        if (address.isEmpty()) {
            invalid(field, ip, "must be a valid IP address");
            return;
        }
        var inet = address.get().toInetAddress();
        if (inet.isAnyLocalAddress()) {
            invalid(field, ip, "may not be unspecified (" + ip + ")");
        }
        if (inet.isLoopbackAddress()) {
            invalid(field, ip, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        }
        if (inet.isLinkLocalAddress()) {
            invalid(field, ip, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        }
        if (inet.isMCLinkLocal()) {
            invalid(
                    field,
                    ip,
                    "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
        }
    }

    /// The object form of a label selector.
    void selector(String field, JsonObject selector) {
        labels(field + ".matchLabels", selector.object("matchLabels"));
        List<Json> expressions = selector.list("matchExpressions");
        for (int i = 0; i < expressions.size(); i++) {
            Json expression = expressions.get(i);
            String at = field + ".matchExpressions[" + i + "]";
            boolean some = !expression.list("values").isEmpty();
            switch (expression.text("operator")) {
                case "In", "NotIn" -> {
                    if (!some) {
                        required(
                                at + ".values",
                                "must be specified when `operator` is 'In' or 'NotIn'");
                    }
                }
                case "Exists", "DoesNotExist" -> {
                    if (some) {
                        forbidden(
                                at + ".values",
                                "may not be specified when `operator` is 'Exists' or"
                                        + " 'DoesNotExist'");
                    }
                }
                default ->
                        invalid(
                                at + ".operator",
                                expression.text("operator"),
                                "not a valid selector operator");
            }
            String key = expression.text("key");
            invalid(at + ".key", key, Names.labelKeyErrors(key));
            List<Json> values = expression.list("values");
            for (int j = 0; j < values.size(); j++) {
                String value = values.get(j).text();
                invalid(at + ".values[" + j + "]", value, Names.labelValueErrors(value));
            }
        }
    }

    void tooMany(String field, long found, long most) {
        add(
                field,
                "FieldValueTooMany",
                "Too many: %d: must have at most %d items".formatted(found, most));
    }

    void add(FieldError error) {
        errors.add(error);
    }

    private void add(String field, String reason, String message) {
        errors.add(new FieldError(field, reason, message));
    }
}
