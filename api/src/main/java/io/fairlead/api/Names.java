package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// Which words Kubernetes accepts as names, labels and keys, and its sentences about the others. Each method returns
/// what is wrong; nothing when all is well.
public final class Names {
    private static final String LABEL_REGEX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static final String QUALIFIED =
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with"
                    + " an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex"
                    + " used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private Names() {}

    /// A label of DNS, RFC 1123.
    public static List<String> dnsLabelErrors(String name) {
        List<String> errors = tooLong(name, 63);
        if (!isDnsLabel(name)) {
            errors.add(
                    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters"
                            + " or '-', and must start and end with an alphanumeric character (e.g."
                            + " 'my-name',  or '123-abc', regex used for validation is '"
                            + LABEL_REGEX
                            + "')");
        }
        return errors;
    }

    /// A label of DNS that begins with a letter, RFC 1035.
    public static List<String> dns1035LabelErrors(String name) {
        List<String> errors = tooLong(name, 63);
        if (!isDnsLabel(name) || isDigit(name.charAt(0))) {
            errors.add(
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-',"
                            + " start with an alphabetic character, and end with an alphanumeric"
                            + " character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
                            + " '[a-z]([-a-z0-9]*[a-z0-9])?')");
        }
        return errors;
    }

    /// One or more labels of DNS with dots between them.
    public static List<String> dnsSubdomainErrors(String name) {
        List<String> errors = tooLong(name, 253);
        if (!isDnsSubdomain(name)) {
            errors.add(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric"
                            + " characters, '-' or '.', and must start and end with an alphanumeric"
                            + " character (e.g. 'example.com', regex used for validation is '"
                            + LABEL_REGEX
                            + "(\\."
                            + LABEL_REGEX
                            + ")*')");
        }
        return errors;
    }

    /// A [#dnsSubdomainErrors] that may begin with `*.`.
    public static List<String> wildcardSubdomainErrors(String name) {
        List<String> errors = tooLong(name, 253);
        if (!name.startsWith("*.") || !isDnsSubdomain(name.substring(2))) {
            errors.add(
                    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS"
                            + " subdomain, which must consist of lower case alphanumeric characters,"
                            + " '-' or '.' and end with an alphanumeric character (e.g."
                            + " '*.example.com', regex used for validation is '\\*\\."
                            + LABEL_REGEX
                            + "(\\."
                            + LABEL_REGEX
                            + ")*')");
        }
        return errors;
    }

    /// The key of a label or annotation: a name, maybe behind a domain and a slash.
    public static List<String> labelKeyErrors(String key) {
        List<String> errors = new ArrayList<>();
        int slash = key.indexOf('/');
        if (slash != key.lastIndexOf('/')) {
            errors.add(
                    "a qualified name "
                            + QUALIFIED.replace(
                                    "[A-Za-z0-9]')",
                                    "[A-Za-z0-9]') with an optional DNS subdomain prefix and '/'"
                                            + " (e.g. 'example.com/MyName')"));
            return errors;
        }
        if (slash == 0) {
            errors.add("prefix part must be non-empty");
        } else if (slash > 0) {
            dnsSubdomainErrors(key.substring(0, slash))
                    .forEach(error -> errors.add("prefix part " + error));
        }
        String name = key.substring(slash + 1);
        if (name.isEmpty()) {
            errors.add("name part must be non-empty");
        } else if (name.length() > 63) {
            errors.add("name part must be no more than 63 bytes");
        }
        if (!isQualified(name)) {
            errors.add("name part " + QUALIFIED);
        }
        return errors;
    }

    public static List<String> labelValueErrors(String value) {
        List<String> errors = new ArrayList<>();
        if (value.length() > 63) {
            errors.add("must be no more than 63 bytes");
        }
        if (!value.isEmpty() && !isQualified(value)) {
            errors.add(
                    "a valid label must be an empty string or consist of alphanumeric characters,"
                            + " '-', '_' or '.', and must start and end with an alphanumeric character"
                            + " (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation"
                            + " is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
        }
        return errors;
    }

    /// The key of a ConfigMap's or Secret's data.
    public static List<String> dataKeyErrors(String key) {
        List<String> errors = tooLong(key, 253);
        if (key.isEmpty()
                || !key.chars().allMatch(c -> isLetterOrDigit(c) || "-_.".indexOf(c) >= 0)) {
            errors.add(
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                            + " (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for"
                            + " validation is '[-._a-zA-Z0-9]+')");
        }
        if (key.equals(".") || key.equals("..")) {
            errors.add("must not be '" + key + "'");
        } else if (key.startsWith("..")) {
            errors.add("must not start with '..'");
        }
        return errors;
    }

    /// The name of a port, RFC 6335.
    public static List<String> portNameErrors(String name) {
        List<String> errors = new ArrayList<>();
        if (name.length() > 15) {
            errors.add("must be no more than 15 characters");
        }
        if (!name.chars().allMatch(c -> isLowerOrDigit(c) || c == '-')) {
            errors.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }
        if (name.chars().noneMatch(c -> c >= 'a' && c <= 'z')) {
            errors.add("must contain at least one letter (a-z)");
        }
        if (name.contains("--")) {
            errors.add("must not contain consecutive hyphens");
        }
        if (name.startsWith("-") || name.endsWith("-")) {
            errors.add("must not begin or end with a hyphen");
        }
        return errors;
    }

    /// The name of an environment variable: anything printable but an equals sign.
    public static List<String> envNameErrors(String name) {
        List<String> errors = new ArrayList<>();
        if (!name.chars().allMatch(c -> c >= 0x20 && c <= 0x7e && c != '=')) {
            errors.add(
                    "a valid environment variable name must consist only of printable ASCII"
                            + " characters other than '='");
        }
        return errors;
    }

    /// A name that only has to fit in a URL.
    public static List<String> pathSegmentErrors(String name) {
        List<String> errors = new ArrayList<>();
        if (name.equals(".") || name.equals("..")) {
            errors.add("may not be '" + name + "'");
        }
        for (String part : List.of("/", "%")) {
            if (name.contains(part)) {
                errors.add("may not contain '" + part + "'");
            }
        }
        return errors;
    }

    static boolean isDnsLabel(String name) {
        if (name.isEmpty() || !isLowerOrDigit(name.charAt(0))) {
            return false;
        }
        return isLowerOrDigit(name.charAt(name.length() - 1))
                && name.chars().allMatch(c -> isLowerOrDigit(c) || c == '-');
    }

    static boolean isDnsSubdomain(String name) {
        int start = 0;
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', start)) {
            if (!isDnsLabel(name.substring(start, dot))) {
                return false;
            }
            start = dot + 1;
        }
        return isDnsLabel(name.substring(start));
    }

    private static boolean isQualified(String name) {
        return !name.isEmpty()
                && isLetterOrDigit(name.charAt(0))
                && isLetterOrDigit(name.charAt(name.length() - 1))
                && name.chars().allMatch(c -> isLetterOrDigit(c) || "-_.".indexOf(c) >= 0);
    }

    private static List<String> tooLong(String name, int max) {
        List<String> errors = new ArrayList<>();
        if (name.length() > max) {
            errors.add("must be no more than " + max + " characters");
        }
        return errors;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLowerOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || isDigit(c);
    }

    private static boolean isLetterOrDigit(int c) {
        return isLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
    }
}
