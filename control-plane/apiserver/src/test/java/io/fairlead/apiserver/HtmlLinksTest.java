package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlLinksTest {
    private static final String PREFIX = "/api/v1/namespaces/shop/pods/web/proxy";

    private final HtmlLinks links =
            new HtmlLinks(PREFIX, InetSocketAddress.createUnresolved("10.244.1.2", 80));

    @ParameterizedTest
    @CsvSource({
        "/cart, " + PREFIX + "/cart",
        "http://10.244.1.2:80/cart, " + PREFIX + "/cart",
        PREFIX + "/cart, " + PREFIX + "/cart",
        "cart, cart",
        "#top, #top",
        "//cdn.example/x.js, //cdn.example/x.js",
        "https://example.com/, https://example.com/",
    })
    void aLinkStaysBehindTheProxy(String link, String expected) {
        assertThat(links.link(link)).isEqualTo(expected);
    }

    @Test
    void rewritesWhereElementsHaveLinksAndNothingElse() throws IOException {
        String page =
                "<!doctype html><A HREF='/a'>/a</A><img alt=\"/b\" src=/b><p title=\"/c\">"
                        + "<form action=\"/d\" method=post>\u00fc<script>if (a<b) x='/e';</script>";
        assertThat(rewritten(page))
                .isEqualTo(
                        page.replace("'/a'", "'" + PREFIX + "/a'")
                                .replace("src=/b", "src=" + PREFIX + "/b")
                                .replace("\"/d\"", "\"" + PREFIX + "/d\""));
    }

    @Test
    void anUnfinishedTagStays() throws IOException {
        String page = "<a href=\"/a".repeat(20_000);
        assertThat(rewritten(page)).isEqualTo(page);
    }

    private String rewritten(String page) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8));
        return new String(links.rewritten(in).readAllBytes(), StandardCharsets.UTF_8);
    }
}
