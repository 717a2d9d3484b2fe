package io.fairlead.api;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The rules for CertificateSigningRequests: what they ask for, and what may be said about them afterwards.
final class CertificateValidation {
    private static final long SECONDS_MIN = 600;
    private static final int DOMAIN_LENGTH_MAX = 253;
    private static final int PATH_LENGTH_MAX = 317;
    private static final String LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
    private static final String CONDITIONS = "status.conditions";
    private static final Set<String> ALWAYS_TRUE = Set.of("Approved", "Denied", "Failed");
    private static final String[] USAGES = {
        "any",
        "cert sign",
        "client auth",
        "code signing",
        "content commitment",
        "crl sign",
        "data encipherment",
        "decipher only",
        "digital signature",
        "email protection",
        "encipher only",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "key agreement",
        "key encipherment",
        "microsoft sgc",
        "netscape sgc",
        "ocsp signing",
        "s/mime",
        "server auth",
        "signing",
        "timestamping"
    };

    private CertificateValidation() {}

    static void check(JsonObject object, FieldErrors errors) {
        JsonObject spec = object.object("spec");
        try {
            CertificateRequest.of(object);
        } catch (IllegalArgumentException e) {
            errors.invalid("spec.request", spec.text("request"), String.valueOf(e.getMessage()));
        }
        usages(spec.list("usages"), errors);
        String signer = spec.text("signerName");
        if (signer.equals(LEGACY_SIGNER)) {
            errors.invalid(
                    "spec.signerName",
                    signer,
                    "the legacy signerName is not allowed via this API version");
        } else {
            signerName(signer, errors);
        }
        if (spec.has("expirationSeconds") && spec.number(0, "expirationSeconds") < SECONDS_MIN) {
            errors.invalid(
                    "spec.expirationSeconds",
                    Json.of(spec.number(0, "expirationSeconds")),
                    "may not specify a duration less than 600 seconds (10 minutes)");
        }
        conditions(object.list("status", "conditions"), errors);
    }

    /// @param part the way in: `approval`, `status`, or empty for the object itself
    static void checkUpdate(JsonObject before, JsonObject after, String part, FieldErrors errors) {
        for (String type : List.of("Approved", "Denied", "Failed")) {
            List<Json> old = ofType(before, type);
            List<Json> now = ofType(after, type);
            if (now.size() < old.size()) {
                errors.forbidden(
                        CONDITIONS,
                        "updates may not remove a condition of type \"%s\"".formatted(type));
            } else if (!part.equals("approval") && !type.equals("Failed") && !now.equals(old)) {
                errors.forbidden(
                        CONDITIONS,
                        "updates may not %s a condition of type \"%s\""
                                .formatted(now.size() > old.size() ? "add" : "modify", type));
            }
        }
        String old = before.text("status", "certificate");
        if (!Objects.equals(old, after.text("status", "certificate"))) {
            if (!part.equals("status")) {
                errors.forbidden("status.certificate", "updates may not set certificate content");
            } else if (!old.isEmpty()) {
                errors.forbidden(
                        "status.certificate",
                        "updates may not modify existing certificate content");
            }
        }
    }

    private static void usages(List<Json> usages, FieldErrors errors) {
        if (usages.isEmpty()) {
            errors.required("spec.usages");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < usages.size(); i++) {
            String at = "spec.usages[" + i + "]";
            String usage = usages.get(i).text();
            if (!Arrays.asList(USAGES).contains(usage)) {
                errors.notSupported(at, usage, USAGES);
            }
            if (!seen.add(usage)) {
                errors.duplicate(at, Json.of(usage));
            }
        }
    }

    private static void signerName(String name, FieldErrors errors) {
        String field = "spec.signerName";
        if (name.isEmpty()) {
            errors.required(field);
        }
        String[] segments = name.split("/", -1);
        if (segments.length != 2 || segments[0].isEmpty() || segments[1].isEmpty()) {
            errors.invalid(
                    field,
                    name,
                    "must be a fully qualified domain and path of the form"
                            + " 'example.com/signer-name'");
            return;
        }
        length(field, segments[0], DOMAIN_LENGTH_MAX, errors);
        String[] labels = segments[0].split("\\.", -1);
        if (labels.length < 2) {
            errors.invalid(
                    field,
                    segments[0],
                    "should be a domain with at least two segments separated by dots");
        }
        labels(field, segments[0], labels, errors);
        labels(field, segments[1], segments[1].split("\\.", -1), errors);
        length(field, segments[1], PATH_LENGTH_MAX, errors);
    }

    private static void labels(String field, String whole, String[] labels, FieldErrors errors) {
        for (String label : labels) {
            for (String why : Names.dnsLabelErrors(label)) {
                errors.invalid(field, whole, "validating label \"%s\": %s".formatted(label, why));
            }
        }
    }

    private static void length(String field, String text, int most, FieldErrors errors) {
        if (text.length() > most) {
            errors.tooLong(field, "may not be more than " + most + " bytes");
        }
    }

    private static void conditions(List<Json> conditions, FieldErrors errors) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < conditions.size(); i++) {
            String at = CONDITIONS + "[" + i + "]";
            String type = conditions.get(i).text("type");
            String status = conditions.get(i).text("status");
            if (type.isEmpty()) {
                errors.required(at + ".type");
            }
            if (status.isEmpty()) {
                errors.required(at + ".status");
            } else if (ALWAYS_TRUE.contains(type)) {
                errors.oneOf(at + ".status", status, "True");
            } else {
                errors.oneOf(at + ".status", status, "False", "True", "Unknown");
            }
            boolean contradicts =
                    (type.equals("Approved") && seen.contains("Denied"))
                            || (type.equals("Denied") && seen.contains("Approved"));
            if (contradicts) {
                errors.invalid(
                        at + ".type",
                        type,
                        "Approved and Denied conditions are mutually exclusive");
            }
            if (!seen.add(type)) {
                errors.duplicate(at + ".type", Json.of(type));
            }
        }
    }

    private static List<Json> ofType(JsonObject object, String type) {
        return object.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .toList();
    }
}
