package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CustomResourceTest {
    private static final String DEFINITIONS =
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
    private static final String SPEC_ONLY =
            "{'type':'object','properties':{'spec':{'type':'object','properties':{'size':{'type':'integer'}}}}}";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void servesADefinitionAtOnce() {
        define(SPEC_ONLY, "");

        make("{'metadata':{'name':'a'},'spec':{'size':3}}");

        assertThat(admin.send(ApiRequest.get(WIDGETS)).list("items")).hasSize(1);
        assertThat(
                        admin.send(ApiRequest.get("/apis/example.com/v1"))
                                .list("resources")
                                .getFirst()
                                .text("kind"))
                .isEqualTo("Widget");
        assertThat(admin.send(ApiRequest.get("/apis")).toString()).contains("example.com/v1");
    }

    @Test
    void givesDefaultsToWhatWasStoredBeforeThem() {
        define(SPEC_ONLY, "");
        make("{'metadata':{'name':'a'},'spec':{}}");

        JsonObject schema =
                json(SPEC_ONLY)
                        .withAt(Json.of(7), "properties", "spec", "properties", "size", "default");
        changeVersion("schema", JsonObject.of("openAPIV3Schema", schema));

        assertThat(get("a").number(0, "spec", "size")).isEqualTo(7);
    }

    @Test
    void leavesWhatAnUpdateDoesNotTouchUnjudged() {
        define(SPEC_ONLY, "");
        make("{'metadata':{'name':'a'},'spec':{'size':50}}");
        JsonObject strict =
                json(SPEC_ONLY)
                        .withAt(Json.of(9), "properties", "spec", "properties", "size", "maximum");
        changeVersion("schema", JsonObject.of("openAPIV3Schema", strict));

        patch("a", "{'metadata':{'labels':{'x':'y'}}}");

        assertRefused(
                () -> patch("a", "{'spec':{'size':51}}"), 422, "should be less than or equal to 9");
    }

    @Test
    void refusesNamesThatAnotherDefinitionHas() {
        define(SPEC_ONLY, "");
        JsonObject other =
                definition(SPEC_ONLY, "")
                        .withAt(Json.of("gadgets.example.com"), "metadata", "name")
                        .withAt(Json.of("gadgets"), "spec", "names", "plural")
                        .withAt(Json.of("gadget"), "spec", "names", "singular")
                        .withAt(Json.of("GadgetList"), "spec", "names", "listKind");

        JsonObject made = admin.send(ApiRequest.post(DEFINITIONS, other));

        assertThat(made.list("status", "conditions").toString())
                .contains("KindConflict", "\\\"Widget\\\" is already in use", "NotAccepted");
        admin.send(ApiRequest.delete(DEFINITIONS + "/widgets.example.com"));
        await(() ->
                admin.send(ApiRequest.get(DEFINITIONS + "/gadgets.example.com"))
                        .list("status", "conditions")
                        .toString()
                        .contains("InitialNamesAccepted"));
    }

    @Test
    void takesItsObjectsAlong() {
        define(SPEC_ONLY, "");
        make("{'metadata':{'name':'a'}}");
        make("{'metadata':{'name':'held','finalizers':['example.com/hold']}}");

        admin.send(ApiRequest.delete(DEFINITIONS + "/widgets.example.com"));

        await(() -> isMissing(WIDGETS + "/a"));
        assertRefused(() -> make("{'metadata':{'name':'late'}}"), 405, "is terminating");
        patch("held", "{'metadata':{'finalizers':null}}");
        await(() -> isMissing(DEFINITIONS + "/widgets.example.com"));
        assertThat(isMissing(WIDGETS)).isTrue();
    }

    @Test
    void keepsObjectsInTheStorageVersion() {
        define(SPEC_ONLY, "");
        make("{'metadata':{'name':'a'},'spec':{'size':1}}");
        String second =
                "{'name':'v2','served':true,'storage':true,'schema':{'openAPIV3Schema':"
                        + SPEC_ONLY
                        + "}}";
        JsonObject present = admin.send(ApiRequest.get(DEFINITIONS + "/widgets.example.com"));
        JsonObject first =
                ((JsonObject) present.list("spec", "versions").getFirst())
                        .with("storage", Json.of(false));
        JsonObject changed = present.withAt(JsonArray.of(first, json(second)), "spec", "versions");
        JsonObject written =
                admin.send(ApiRequest.put(DEFINITIONS + "/widgets.example.com", changed));

        assertThat(written.list("status", "storedVersions"))
                .containsExactly(Json.of("v1"), Json.of("v2"));
        JsonObject shown =
                admin.send(ApiRequest.get("/apis/example.com/v2/namespaces/default/widgets/a"));
        assertThat(shown.text("apiVersion")).isEqualTo("example.com/v2");
        assertThat(get("a").text("apiVersion")).isEqualTo("example.com/v1");
        assertRefused(
                () ->
                        admin.send(
                                ApiRequest.put(
                                        DEFINITIONS + "/widgets.example.com",
                                        written.withAt(
                                                JsonArray.of(json(second)), "spec", "versions"))),
                422,
                "v1 was previously a storage version");
    }

    @Test
    void selectsByTheFieldsThatTheDefinitionNames() {
        define(SPEC_ONLY, ",'selectableFields':[{'jsonPath':'.spec.size'}]");
        make("{'metadata':{'name':'a'},'spec':{'size':1}}");
        make("{'metadata':{'name':'b'},'spec':{'size':2}}");

        JsonObject found = admin.send(ApiRequest.get(WIDGETS).with("fieldSelector", "spec.size=2"));

        assertThat(found.list("items")).hasSize(1);
        assertRefused(
                () -> admin.send(ApiRequest.get(WIDGETS).with("fieldSelector", "spec.other=2")),
                400,
                "field label not supported: spec.other");
    }

    @Test
    void toleratesNoDoubleItemsInSetsAndMaps() {
        define(
                "{'type':'object','properties':{'tags':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}}}}",
                "");

        assertRefused(
                () -> make("{'metadata':{'name':'a'},'tags':['x','x']}"),
                422,
                "tags[1]: Duplicate value: \"x\"");
    }

    @Test
    void refusesSchemasThatAreNotStructural() {
        assertRefused(
                () ->
                        define(
                                "{'type':'object','properties':{'a':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'object','properties':{'k':{'type':'string'}}}}}}",
                                ""),
                422,
                "this property is in x-kubernetes-list-map-keys");
        assertRefused(
                () ->
                        define(
                                "{'type':'object','properties':{'a':{'type':'integer','default':'x'}}}",
                                ""),
                422,
                "must be of type integer");
    }

    private void define(String schema, String more) {
        admin.send(ApiRequest.post(DEFINITIONS, definition(schema, more)));
    }

    static JsonObject definition(String schema, String more) {
        return json(
                "{'metadata':{'name':'widgets.example.com'},'spec':{'group':'example.com','scope':'Namespaced','names':{'plural':'widgets','kind':'Widget'},'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':"
                        + schema
                        + "}"
                        + more
                        + "}]}}");
    }

    private void changeVersion(String field, Json value) {
        String path = DEFINITIONS + "/widgets.example.com";
        JsonObject present = admin.send(ApiRequest.get(path));
        JsonObject version = (JsonObject) present.list("spec", "versions").getFirst();
        admin.send(
                ApiRequest.put(
                        path,
                        present.withAt(
                                JsonArray.of(version.with(field, value)), "spec", "versions")));
    }

    private JsonObject make(String text) {
        return admin.send(ApiRequest.post(WIDGETS, json(text)));
    }

    private JsonObject get(String name) {
        return admin.send(ApiRequest.get(WIDGETS + "/" + name));
    }

    private JsonObject patch(String name, String text) {
        return admin.send(
                ApiRequest.patch(WIDGETS + "/" + name, ApiRequest.MERGE_PATCH, json(text)));
    }

    private boolean isMissing(String path) {
        try {
            admin.send(ApiRequest.get(path));
            return false;
        } catch (ApiException e) {
            return e.isNotFound();
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static void assertRefused(ThrowingCallable call, int code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e.status().message()).contains(message);
                            assertThat(e.status().code()).isEqualTo(code);
                        });
    }

    static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text.replace('\'', '"'));
    }
}
