package io.fairlead.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.regex.Pattern;

/// The formats of texts that a schema of a custom resource may ask for; others are not checked, as in Kubernetes.
final class StringFormats {
    private static final Pattern UUID =
            Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");
    private static final Pattern HOST =
            Pattern.compile(
                    "([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?");
    private static final Pattern EMAIL = Pattern.compile("[^@\\s]+@[^@\\s]+");
    private static final Pattern MAC =
            Pattern.compile(
                    "(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5,19}|[0-9a-f]{4}(\\.[0-9a-f]{4}){2,9}");
    private static final Pattern DURATION =
            Pattern.compile(
                    "[-+]?(0|([0-9]*\\.?[0-9]+ ?(ns|us|µs|μs|ms|s|m|h|d|w|nanos?|micros?|millis?|secs?|seconds?|minutes?|hours?|days?|weeks?))+)");
    private static final Pattern COLOUR = Pattern.compile("(?i)#?([0-9a-f]{3}|[0-9a-f]{6})");

    private StringFormats() {}

    static boolean fits(String format, String text) {
        return switch (format) {
            case "date-time", "datetime" -> isTime(text);
            case "date" -> isDate(text);
            case "duration" -> DURATION.matcher(text).matches();
            case "byte" -> isBase64(text);
            case "uuid", "uuid3", "uuid4", "uuid5" -> UUID.matcher(text).matches();
            case "ipv4" -> IpAddress.find(text).isPresent() && !text.contains(":");
            case "ipv6" -> IpAddress.find(text).isPresent() && text.contains(":");
            case "cidr" -> Cidr.find(text).isPresent();
            case "hostname" -> text.length() < 256 && HOST.matcher(text).matches();
            case "email" -> EMAIL.matcher(text).matches();
            case "mac" -> MAC.matcher(text).matches();
            case "uri" -> isUri(text);
            case "hexcolor" -> COLOUR.matcher(text).matches();
            case "k8s-short-name" -> Names.dnsLabelErrors(text).isEmpty();
            default -> true;
        };
    }

    private static boolean isTime(String text) {
        try {
            OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static boolean isDate(String text) {
        try {
            LocalDate.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getDecoder().decode(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getScheme() != null || text.startsWith("/");
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
