package io.fairlead.expressions;

import dev.cel.common.types.ListType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import io.fairlead.api.Names;
import io.fairlead.expressions.FunctionSet.Kind;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// `format.dns1123Label()` and its like: what is wrong with a text that should have a form.
final class FormatFunctions {
    private static final Kind FORMAT =
            new Kind(OpaqueType.create("kubernetes.NamedFormat"), Format.class);
    private static final Pattern UUID =
            Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");
    private static final Map<String, Format> FORMATS = formats();

    private FormatFunctions() {}

    /// @param problems says what is wrong with a text; nothing when it has the form
    record Format(String name, Function<String, List<String>> problems) {}

    static void addTo(FunctionSet functions) {
        FORMATS.forEach(
                (name, format) -> functions.global("format." + name, of -> format, FORMAT.type()));
        functions.global(
                "format.named",
                of -> Optional.ofNullable(FORMATS.get((String) of[0])),
                OptionalType.create(FORMAT.type()),
                Kinds.TEXT);
        functions.member(
                "validate",
                of -> {
                    List<String> problems = ((Format) of[0]).problems().apply((String) of[1]);
                    return problems.isEmpty() ? Optional.empty() : Optional.of(problems);
                },
                OptionalType.create(ListType.create(SimpleType.STRING)),
                FORMAT,
                Kinds.TEXT);
    }

    private static Map<String, Format> formats() {
        Map<String, Format> formats = new LinkedHashMap<>();
        add(formats, "dns1123Label", Names::dnsLabelErrors);
        add(formats, "dns1123Subdomain", Names::dnsSubdomainErrors);
        add(formats, "dns1035Label", Names::dns1035LabelErrors);
        add(formats, "qualifiedName", Names::labelKeyErrors);
        add(formats, "dns1123LabelPrefix", text -> Names.dnsLabelErrors(prefix(text)));
        add(formats, "dns1123SubdomainPrefix", text -> Names.dnsSubdomainErrors(prefix(text)));
        add(formats, "dns1035LabelPrefix", text -> Names.dns1035LabelErrors(prefix(text)));
        add(formats, "labelValue", Names::labelValueErrors);
        add(formats, "uri", text -> unless(isUri(text), "invalid URI"));
        add(
                formats,
                "uuid",
                text -> unless(UUID.matcher(text).matches(), "does not match the UUID format"));
        add(formats, "byte", text -> unless(isBase64(text), "invalid base64"));
        add(formats, "date", text -> unless(isDate(text), "invalid date"));
        add(formats, "datetime", text -> unless(isTime(text), "invalid datetime"));
        return Map.copyOf(formats);
    }

    private static void add(
            Map<String, Format> formats, String name, Function<String, List<String>> problems) {
        formats.put(name, new Format(name, problems));
    }

    // A generated name goes on behind its prefix.
    private static String prefix(String text) {
        return text.endsWith("-") ? text + "a" : text;
    }

    private static List<String> unless(boolean fits, String problem) {
        return fits ? List.of() : List.of(problem);
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getScheme() != null || text.startsWith("/");
        } catch (URISyntaxException e) {
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

    private static boolean isDate(String text) {
        try {
            LocalDate.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static boolean isTime(String text) {
        try {
            OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
