package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of a Service's families and addresses in a cluster that has two families.
class ServiceFamiliesTest {
    private static final String SERVICES = "/api/v1/namespaces/default/services";
    private static final String ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses/";
    private static final String RANGES = "/apis/networking.k8s.io/v1/servicecidrs";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.with(FamilyCidrs.parse("10.96.0.0/16,fd00:96::/108"), folder);
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text.replace('\'', '"'));
    }

    private JsonObject create(String name, String spec) {
        return admin.send(
                ApiRequest.post(
                        SERVICES,
                        json(
                                "{'metadata':{'name':'%s'},'spec':{'ports':[{'port':80}],'selector':{'a':'b'}%s}}"
                                        .formatted(name, spec.isEmpty() ? "" : "," + spec))));
    }

    private JsonObject patch(String name, String spec) {
        return admin.send(
                ApiRequest.patch(
                        SERVICES + "/" + name,
                        ApiRequest.MERGE_PATCH,
                        json("{'spec':{" + spec + "}}")));
    }

    private boolean isHeld(String address) {
        return admin
                .send(ApiRequest.get("/apis/networking.k8s.io/v1/ipaddresses"))
                .list("items")
                .stream()
                .anyMatch(item -> item.text("metadata", "name").equals(address));
    }

    private static List<String> texts(JsonObject service, String field) {
        return service.list("spec", field).stream().map(Json::text).toList();
    }

    @Test
    void givesOneAddressOfThePrimaryFamilyUnlessAskedForMore() {
        JsonObject service = create("web", "");
        assertThat(service.text("spec", "ipFamilyPolicy")).isEqualTo("SingleStack");
        assertThat(texts(service, "ipFamilies")).containsExactly("IPv4");
        assertThat(texts(service, "clusterIPs")).containsExactly(service.text("spec", "clusterIP"));
        assertThat(texts(create("six", "'ipFamilies':['IPv6']"), "clusterIPs"))
                .singleElement()
                .asString()
                .startsWith("fd00:96::");
        assertThat(texts(create("six2", "'clusterIP':'fd00:96::77'"), "ipFamilies"))
                .containsExactly("IPv6");
    }

    @Test
    void givesAnAddressOfEachFamilyInTheOrderOfTheFamilies() {
        JsonObject preferring = create("a", "'ipFamilyPolicy':'PreferDualStack'");
        assertThat(texts(preferring, "ipFamilies")).containsExactly("IPv4", "IPv6");
        JsonObject requiring =
                create("b", "'ipFamilyPolicy':'RequireDualStack','ipFamilies':['IPv6']");
        assertThat(texts(requiring, "ipFamilies")).containsExactly("IPv6", "IPv4");
        List<String> addresses = texts(requiring, "clusterIPs");
        assertThat(addresses).hasSize(2);
        assertThat(requiring.text("spec", "clusterIP")).isEqualTo(addresses.getFirst());
        assertThat(addresses.getFirst()).startsWith("fd00:96::");
        assertThat(addresses.getLast()).startsWith("10.96.");
        for (String address : addresses) {
            JsonObject held = admin.send(ApiRequest.get(ADDRESSES + address));
            assertThat(held.text("spec", "parentRef", "name")).isEqualTo("b");
            assertThat(held.text("metadata", "labels", "ipaddress.kubernetes.io/ip-family"))
                    .isEqualTo(address.contains(":") ? "IPv6" : "IPv4");
        }
    }

    @Test
    void addsAndReleasesTheSecondAddressButNeverChangesTheFirst() {
        JsonObject single = create("web", "");
        String first = single.text("spec", "clusterIP");
        JsonObject dual = patch("web", "'ipFamilyPolicy':'RequireDualStack'");
        assertThat(texts(dual, "clusterIPs")).hasSize(2).startsWith(first);
        String second = texts(dual, "clusterIPs").getLast();
        assertThat(isHeld(second)).isTrue();

        assertThatThrownBy(() -> patch("web", "'ipFamilies':['IPv4']"))
                .hasMessageContaining(
                        "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be"
                                + " 'SingleStack' to release the secondary IP family");
        assertThatThrownBy(() -> patch("web", "'ipFamilies':['IPv6','IPv4']"))
                .hasMessageContaining("expected an IPv6 value as indicated by `ipFamilies[0]`");

        JsonObject back = patch("web", "'ipFamilyPolicy':'SingleStack'");
        assertThat(texts(back, "clusterIPs")).containsExactly(first);
        assertThat(texts(back, "ipFamilies")).containsExactly("IPv4");
        assertThat(isHeld(second)).isFalse();
        assertThat(isHeld(first)).isTrue();
    }

    @Test
    void refusesContradictions() {
        assertThatThrownBy(() -> create("a", "'ipFamilies':['IPv4','IPv6']"))
                .hasMessageContaining(
                        "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be"
                                + " 'RequireDualStack' or 'PreferDualStack' when multiple IP families"
                                + " are specified");
        assertThatThrownBy(() -> create("a", "'clusterIPs':['10.96.0.50']"))
                .hasMessageContaining("must be empty when `clusterIP` is not specified");
        assertThatThrownBy(() ->
                        create(
                                "a",
                                "'clusterIP':'10.96.0.50','clusterIPs':['10.96.0.50'],'ipFamilies':['IPv6']"))
                .hasMessageContaining(
                        "spec.clusterIPs[0]: Invalid value: \"10.96.0.50\": expected an IPv6 value"
                                + " as indicated by `ipFamilies[0]`");
        assertThatThrownBy(() ->
                        create(
                                "a",
                                "'ipFamilyPolicy':'RequireDualStack','ipFamilies':['IPv4','IPv4']"))
                .hasMessageContaining("spec.ipFamilies[1]: Duplicate value: \"IPv4\"");
    }

    @Test
    void takesAddressesFromARangeOnceItIsReadyAndNotWhenItGoes() {
        JsonObject range =
                admin.send(
                        ApiRequest.post(
                                RANGES,
                                json(
                                        "{'metadata':{'name':'more','finalizers':['example.com/x']},'spec':{'cidrs':['fd00:97::/112','10.97.0.0/24']}}")));
        assertThatThrownBy(() -> create("a", "'clusterIP':'fd00:97::5'"))
                .hasMessageContaining("the provided network does not match the current range");
        admin.send(
                ApiRequest.patch(
                        RANGES + "/more/status",
                        ApiRequest.MERGE_PATCH,
                        json(
                                "{'status':{'conditions':[{'type':'Ready','status':'True','reason':'','message':'','lastTransitionTime':'2026-01-01T00:00:00Z'}]}}")));
        assertThat(create("a", "'clusterIP':'fd00:97::5'").text("spec", "clusterIP"))
                .isEqualTo("fd00:97::5");
        assertThat(range.list("spec", "cidrs")).hasSize(2);
        admin.send(ApiRequest.delete(RANGES + "/more"));
        assertThatThrownBy(() -> create("b", "'clusterIP':'10.97.0.5'"))
                .hasMessageContaining("the provided network does not match the current range");
    }

    @Test
    void refusesARangeOfTwiceTheSameFamily() {
        assertThatThrownBy(() ->
                        admin.send(
                                ApiRequest.post(
                                        RANGES,
                                        json(
                                                "{'metadata':{'name':'more'},'spec':{'cidrs':['10.97.0.0/24','10.98.0.0/24']}}"))))
                .hasMessageContaining("may specify no more than one IP for each IP family");
    }

    @Test
    void headlessServicesWithoutSelectorHaveBothFamiliesEverywhere() throws IOException {
        try (TestServer single =
                TestServer.with(FamilyCidrs.parse("fd00:96::/108"), folder.resolve("single"))) {
            JsonObject service =
                    single.admin()
                            .send(
                                    ApiRequest.post(
                                            SERVICES,
                                            json(
                                                    "{'metadata':{'name':'h'},'spec':{'clusterIP':'None','ports':[{'port':80}]}}")));
            assertThat(texts(service, "ipFamilies")).containsExactly("IPv6", "IPv4");
            assertThat(service.text("spec", "ipFamilyPolicy")).isEqualTo("RequireDualStack");
            JsonObject own = single.admin().send(ApiRequest.get(SERVICES + "/kubernetes"));
            assertThat(texts(own, "clusterIPs")).containsExactly("fd00:96::1");
            assertThat(texts(own, "ipFamilies")).containsExactly("IPv6");
        }
    }

    @Test
    void externalNamesHaveNoFamilies() {
        create("web", "'ipFamilyPolicy':'PreferDualStack'");
        JsonObject external = patch("web", "'type':'ExternalName','externalName':'example.com'");
        assertThat(external.has("spec", "ipFamilies")).isFalse();
        assertThat(external.has("spec", "clusterIPs")).isFalse();
        JsonObject back =
                patch(
                        "web",
                        "'type':'ClusterIP','externalName':null,'ipFamilyPolicy':'PreferDualStack'");
        assertThat(texts(back, "clusterIPs")).hasSize(2);
    }
}
