package io.fairlead.expressions;

import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.fairlead.expressions.FunctionSet.Kind;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `url`, `isURL`, and the parts of an address.
final class UrlFunctions {
    private static final Kind URL = new Kind(OpaqueType.create("kubernetes.URL"), URI.class);

    private UrlFunctions() {}

    static void addTo(FunctionSet functions) {
        functions.global("url", of -> url((String) of[0]), URL.type(), Kinds.TEXT);
        functions.global("isURL", of -> isUrl((String) of[0]), SimpleType.BOOL, Kinds.TEXT);
        functions.member("getScheme", of -> text(uri(of).getScheme()), SimpleType.STRING, URL);
        functions.member("getHost", of -> text(uri(of).getRawAuthority()), SimpleType.STRING, URL);
        functions.member("getHostname", of -> hostname(uri(of)), SimpleType.STRING, URL);
        functions.member("getPort", of -> port(uri(of)), SimpleType.STRING, URL);
        functions.member(
                "getEscapedPath", of -> text(uri(of).getRawPath()), SimpleType.STRING, URL);
        functions.member(
                "getQuery",
                of -> query(text(uri(of).getRawQuery())),
                MapType.create(SimpleType.STRING, ListType.create(SimpleType.STRING)),
                URL);
    }

    private static URI uri(Object[] arguments) {
        return (URI) arguments[0];
    }

    private static boolean isUrl(String text) {
        try {
            url(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static URI url(String text) {
        try {
            URI uri = new URI(text);
            boolean isAbsolute = uri.getScheme() != null || text.startsWith("/");
            if (isAbsolute && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "URL parse error during conversion from string: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(
                "URL parse error during conversion from string: parse \"%s\": invalid URI for request"
                        .formatted(text));
    }

    private static String hostname(URI uri) {
        String host = text(uri.getHost());
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static String port(URI uri) {
        return uri.getPort() < 0 ? "" : Integer.toString(uri.getPort());
    }

    private static Map<String, List<String>> query(String text) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String part : text.split("&")) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = equals < 0 ? "" : part.substring(equals + 1);
                query.computeIfAbsent(decoded(name), missing -> new ArrayList<>())
                        .add(decoded(value));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String text(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "" : text;
    }
}
