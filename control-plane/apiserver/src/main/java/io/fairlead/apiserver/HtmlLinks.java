package io.fairlead.apiserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts the proxy's prefix before the links of a page that came through it, so that a browser stays behind the proxy. Links to other hosts
/// and relative ones stay as they are.
final class HtmlLinks {
    /// A longer page passes as it is from there on.
    private static final int PAGE_BYTES_MAX = 8 << 20;

    // Neither pattern can go back over what it took, so that no page takes long.
    private static final Pattern TAG =
            Pattern.compile("<([a-zA-Z][a-zA-Z0-9]*+)((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>");
    private static final Pattern ATTRIBUTE =
            Pattern.compile(
                    "([a-zA-Z-]++)(\\s*+=\\s*+)(?:\"([^\"]*+)\"|'([^']*+)'|([^\\s\"'>]++))");

    /// The attributes that hold links, by element.
    private static final Map<String, Set<String>> LINKS =
            Map.ofEntries(
                    Map.entry("a", Set.of("href")),
                    Map.entry("applet", Set.of("codebase")),
                    Map.entry("area", Set.of("href")),
                    Map.entry("audio", Set.of("src")),
                    Map.entry("base", Set.of("href")),
                    Map.entry("blockquote", Set.of("cite")),
                    Map.entry("body", Set.of("background")),
                    Map.entry("button", Set.of("formaction")),
                    Map.entry("command", Set.of("icon")),
                    Map.entry("del", Set.of("cite")),
                    Map.entry("embed", Set.of("src")),
                    Map.entry("form", Set.of("action")),
                    Map.entry("frame", Set.of("longdesc", "src")),
                    Map.entry("head", Set.of("profile")),
                    Map.entry("html", Set.of("manifest")),
                    Map.entry("iframe", Set.of("longdesc", "src")),
                    Map.entry("img", Set.of("longdesc", "src", "usemap")),
                    Map.entry("input", Set.of("src", "usemap", "formaction")),
                    Map.entry("ins", Set.of("cite")),
                    Map.entry("link", Set.of("href")),
                    Map.entry("object", Set.of("classid", "codebase", "data", "usemap")),
                    Map.entry("q", Set.of("cite")),
                    Map.entry("script", Set.of("src")),
                    Map.entry("source", Set.of("src")),
                    Map.entry("video", Set.of("poster", "src")));

    private final String prefix;
    private final InetSocketAddress backend;

    /// @param prefix the path at which the backend's `/` is shown
    /// @param backend links to it count as links to the page's own host
    HtmlLinks(String prefix, InetSocketAddress backend) {
        this.prefix = prefix;
        this.backend = backend;
    }

    /// @param page whole, not compressed
    InputStream rewritten(InputStream page) throws IOException {
        // Bytes that are not ASCII come out as they went in.
        String text = new String(page.readNBytes(PAGE_BYTES_MAX), StandardCharsets.ISO_8859_1);
        byte[] changed =
                TAG.matcher(text).replaceAll(this::tag).getBytes(StandardCharsets.ISO_8859_1);
        return new SequenceInputStream(new ByteArrayInputStream(changed), page);
    }

    private String tag(MatchResult tag) {
        Set<String> links = LINKS.getOrDefault(tag.group(1).toLowerCase(Locale.ROOT), Set.of());
        if (links.isEmpty()) {
            return Matcher.quoteReplacement(tag.group());
        }
        String attributes =
                ATTRIBUTE
                        .matcher(tag.group(2))
                        .replaceAll(it ->
                                Matcher.quoteReplacement(
                                        links.contains(it.group(1).toLowerCase(Locale.ROOT))
                                                ? attribute(it)
                                                : it.group()));
        return Matcher.quoteReplacement("<" + tag.group(1) + attributes + ">");
    }

    private String attribute(MatchResult attribute) {
        String start = attribute.group(1) + attribute.group(2);
        if (attribute.group(3) != null) {
            return start + '"' + link(attribute.group(3)) + '"';
        }
        if (attribute.group(4) != null) {
            return start + '\'' + link(attribute.group(4)) + '\'';
        }
        return start + link(attribute.group(5));
    }

    /// Where a link or redirect of the backend leads for who comes through the proxy.
    String link(String link) {
        String own = "//" + backend.getHostString() + ":" + backend.getPort();
        String path = link;
        for (String scheme : new String[] {"http:", "https:", ""}) {
            if (link.startsWith(scheme + own + "/")) {
                path = link.substring(scheme.length() + own.length());
            }
        }
        boolean isHere = path.startsWith("/") && !path.startsWith("//");
        return isHere && !path.startsWith(prefix + "/") && !path.equals(prefix)
                ? prefix + path
                : link;
    }
}
