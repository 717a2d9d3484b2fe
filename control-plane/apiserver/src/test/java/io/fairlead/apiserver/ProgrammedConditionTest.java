package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ProgrammedCondition;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the API server does with condition `fairlead.io/Programmed`; others turn it True.
class ProgrammedConditionTest {
    private static final String WEB = "/api/v1/namespaces/default/services/web";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.with(FamilyCidrs.parse("10.96.0.0/16"), folder);
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void isFalseFromTheBeginningWhereItIsAskedFor() {
        assertThat(condition(create("'fairlead.io/report-programmed':'true'"))).isEqualTo("False");
    }

    @Test
    void aChangedSpecificationTakesItBackInTheSameWrite() {
        create("'fairlead.io/report-programmed':'true'");
        assertThat(condition(programmed())).isEqualTo("True");
        JsonObject changed =
                patch("{'spec':{'ports':[{'port':80,'targetPort':8081,'protocol':'TCP'}]}}");
        assertThat(condition(changed)).isEqualTo("False");
        assertThat(ProgrammedCondition.find(changed).orElseThrow().text("reason"))
                .isEqualTo("Pending");
    }

    @Test
    void changedAddressesOfTheLoadBalancerTakeItBackToo() {
        create("'fairlead.io/report-programmed':'true'");
        patch("{'spec':{'type':'LoadBalancer'}}");
        programmed();
        JsonObject given =
                admin.send(
                        ApiRequest.patch(
                                WEB + "/status",
                                ApiRequest.MERGE_PATCH,
                                json(
                                        "{'status':{'loadBalancer':{'ingress':[{'ip':'172.30.200.1'}]}}}")));
        assertThat(condition(given)).isEqualTo("False");
    }

    @Test
    void whatProxiesDoNotCareForLeavesItAsItIs() {
        create("'fairlead.io/report-programmed':'true'");
        JsonObject before = programmed();
        assertThat(condition(patch("{'metadata':{'labels':{'a':'b'}}}"))).isEqualTo("True");
        JsonObject same = get();
        // What a client once posted, without what the server filled in.
        admin.send(
                ApiRequest.put(
                        WEB,
                        same.withoutAt("spec", "sessionAffinity")
                                .withoutAt("spec", "internalTrafficPolicy")));
        assertThat(get().text("metadata", "resourceVersion"))
                .isEqualTo(same.text("metadata", "resourceVersion"));
        assertThat(ProgrammedCondition.find(get())).isEqualTo(ProgrammedCondition.find(before));
    }

    @Test
    void comesAndGoesWithTheAnnotation() {
        assertThat(condition(create("'a':'b'"))).isEmpty();
        assertThat(condition(patch("{'spec':{'externalIPs':['192.0.2.7']}}"))).isEmpty();
        assertThat(
                        condition(
                                patch(
                                        "{'metadata':{'annotations':{'fairlead.io/report-programmed':'true'}}}")))
                .isEqualTo("False");
        programmed();
        JsonObject without =
                patch("{'metadata':{'annotations':{'fairlead.io/report-programmed':null}}}");
        assertThat(condition(without)).isEmpty();
        assertThat(without.has("status", "conditions")).isFalse();
    }

    private JsonObject create(String annotations) {
        return admin.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/services",
                        json(
                                "{'metadata':{'name':'web','annotations':{%s}},'spec':{'ports':[{'port':80}],'selector':{'a':'b'}}}"
                                        .formatted(annotations))));
    }

    private JsonObject patch(String patch) {
        return admin.send(ApiRequest.patch(WEB, ApiRequest.MERGE_PATCH, json(patch)));
    }

    private JsonObject get() {
        return admin.send(ApiRequest.get(WEB));
    }

    /// What the reporter does.
    private JsonObject programmed() {
        return admin.send(
                ApiRequest.put(
                        WEB + "/status",
                        ProgrammedCondition.arrived(get(), Instant.parse("2026-01-02T03:04:05Z"))));
    }

    private static String condition(JsonObject service) {
        return ProgrammedCondition.find(service).map(it -> it.text("status")).orElse("");
    }

    private static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text.replace('\'', '"'));
    }
}
