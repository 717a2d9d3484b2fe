package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiServerTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String SERVICES = "/api/v1/namespaces/default/services";

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
    void stampsNewObjects() {
        JsonObject made = admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));

        assertThat(made.text("metadata", "uid")).hasSize(36);
        assertThat(made.text("metadata", "creationTimestamp")).endsWith("Z");
        assertThat(made.text("metadata", "namespace")).isEqualTo("default");
        assertThat(Long.parseLong(made.text("metadata", "resourceVersion"))).isPositive();
    }

    @Test
    void refusesASecondObjectOfTheSameName() {
        admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));

        assertRefused(
                () -> admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a"))),
                409,
                "configmaps \"a\" already exists");
    }

    @Test
    void generatesNames() {
        JsonObject nameless = json("{'metadata':{'generateName':'x-'}}");

        String one = admin.send(ApiRequest.post(CONFIG_MAPS, nameless)).text("metadata", "name");
        String two = admin.send(ApiRequest.post(CONFIG_MAPS, nameless)).text("metadata", "name");

        assertThat(one).startsWith("x-").hasSize(7).isNotEqualTo(two);
    }

    @Test
    void keepsNoOwnersWhereTheyCannotBeToldApart() {
        JsonObject made =
                admin.send(
                        ApiRequest.post(
                                CONFIG_MAPS.replace("configmaps", "serviceaccounts"),
                                json("{'metadata':{'name':'a'},'secrets':[{'name':''}]}")));

        assertThat(made.has("metadata", "managedFields")).isFalse();
        assertThat(made.list("secrets")).hasSize(1);
    }

    @Test
    void refusesObjectsInNamespacesThatDoNotExist() {
        assertRefused(
                () ->
                        admin.send(
                                ApiRequest.post(
                                        "/api/v1/namespaces/nowhere/configmaps", configMap("a"))),
                404,
                "namespaces \"nowhere\" not found");
    }

    @Test
    void writesNothingWhenNothingChanges() {
        JsonObject made = admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));

        JsonObject again = admin.send(ApiRequest.put(CONFIG_MAPS + "/a", made));

        assertThat(again).isEqualTo(made);
    }

    @Test
    void refusesAnUpdateOfAnOldVersion() {
        JsonObject made = admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));
        JsonObject changed = made.withAt(Json.of("1"), "data", "k");
        admin.send(ApiRequest.put(CONFIG_MAPS + "/a", changed));

        assertRefused(
                () ->
                        admin.send(
                                ApiRequest.put(
                                        CONFIG_MAPS + "/a",
                                        made.withAt(Json.of("2"), "data", "k"))),
                409,
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified;"
                        + " please apply your changes to the latest version and try again");
    }

    @Test
    void pagesThroughOneConsistentState() {
        for (String name : List.of("a", "b", "c")) {
            admin.send(ApiRequest.post(CONFIG_MAPS, configMap(name)));
        }
        ApiRequest list = ApiRequest.get(CONFIG_MAPS).with("limit", "2");
        JsonObject first = admin.send(list);
        admin.send(ApiRequest.post(CONFIG_MAPS, configMap("bb")));

        JsonObject second = admin.send(list.with("continue", first.text("metadata", "continue")));

        assertThat(names(first)).containsExactly("a", "b");
        assertThat(first.number(0, "metadata", "remainingItemCount")).isEqualTo(1);
        assertThat(names(second)).containsExactly("c");
        assertThat(second.text("metadata", "resourceVersion"))
                .isEqualTo(first.text("metadata", "resourceVersion"));
    }

    @Test
    void tellsWatchersEverythingAfterAVersion() throws InterruptedException {
        JsonObject first = admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));
        admin.send(ApiRequest.post(CONFIG_MAPS, configMap("b")));
        admin.send(ApiRequest.delete(CONFIG_MAPS + "/a"));

        Heard heard = new Heard();
        try (Transport.Watch watch =
                admin.watch(
                        ApiRequest.get(CONFIG_MAPS)
                                .with("resourceVersion", first.text("metadata", "resourceVersion")),
                        heard)) {
            assertThat(watch).isNotNull();
            assertThat(heard.next()).isEqualTo("ADDED b");
            assertThat(heard.next()).isEqualTo("DELETED a");
            admin.send(ApiRequest.post(CONFIG_MAPS, configMap("c")));
            assertThat(heard.next()).isEqualTo("ADDED c");
        }
        assertThat(heard.next()).isEqualTo("CLOSED");
    }

    @Test
    void endsInitialEventsWithABookmark() throws InterruptedException {
        admin.send(ApiRequest.post(CONFIG_MAPS, configMap("a")));

        Heard heard = new Heard();
        admin.watch(
                ApiRequest.get(CONFIG_MAPS)
                        .with("sendInitialEvents", "true")
                        .with("resourceVersionMatch", "NotOlderThan"),
                heard);

        assertThat(heard.next()).isEqualTo("ADDED a");
        assertThat(heard.next()).isEqualTo("BOOKMARK {\"k8s.io/initial-events-end\":\"true\"}");
    }

    @Test
    void showsObjectsThatLeaveASelectorAsDeleted() throws InterruptedException {
        Heard heard = new Heard();
        admin.watch(ApiRequest.get(CONFIG_MAPS).with("labelSelector", "x=1"), heard);
        JsonObject labelled = json("{'metadata':{'name':'a','labels':{'x':'1'}}}");
        JsonObject made = admin.send(ApiRequest.post(CONFIG_MAPS, labelled));

        admin.send(
                ApiRequest.put(
                        CONFIG_MAPS + "/a", made.withAt(Json.of("2"), "metadata", "labels", "x")));

        assertThat(heard.next()).isEqualTo("ADDED a");
        assertThat(heard.next()).isEqualTo("DELETED a");
    }

    @Test
    void leavesTheDependentsOfReplicationControllersAloneUnlessTold() {
        String path = "/api/v1/namespaces/default/replicationcontrollers";
        for (String name : List.of("a", "b")) {
            admin.send(
                    ApiRequest.post(
                            path,
                            CustomResourceTest.json(
                                    "{'metadata':{'name':'%s'},'spec':{'selector':{'x':'y'},'template':{'metadata':{'labels':{'x':'y'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}"
                                            .formatted(name))));
        }
        admin.send(ApiRequest.delete(path + "/a"));
        admin.send(ApiRequest.delete(path + "/b").with("propagationPolicy", "Background"));

        assertThat(admin.send(ApiRequest.get(path)).list("items"))
                .singleElement()
                .satisfies(left ->
                        assertThat(left.list("metadata", "finalizers"))
                                .containsExactly(Json.of("orphan")));
    }

    @Test
    void holdsObjectsWithFinalizers() {
        admin.send(
                ApiRequest.post(
                        CONFIG_MAPS,
                        json("{'metadata':{'name':'a','finalizers':['example.com/x']}}")));

        JsonObject marked = admin.send(ApiRequest.delete(CONFIG_MAPS + "/a"));
        assertThat(marked.text("metadata", "deletionTimestamp")).isNotEmpty();

        admin.send(
                ApiRequest.patch(
                        CONFIG_MAPS + "/a",
                        ApiRequest.MERGE_PATCH,
                        json("{'metadata':{'finalizers':null}}")));
        assertRefused(
                () -> admin.send(ApiRequest.get(CONFIG_MAPS + "/a")),
                404,
                "configmaps \"a\" not found");
    }

    @Test
    void givesServicesAddressesAndTakesThemBack() {
        JsonObject made = admin.send(ApiRequest.post(SERVICES, service("web", "NodePort")));
        String address = made.text("spec", "clusterIP");
        long port = made.list("spec", "ports").getFirst().number(0, "nodePort");

        assertThat(address).startsWith("10.");
        assertThat(port).isBetween(30000L, 32767L);
        String path = "/apis/networking.k8s.io/v1/ipaddresses/" + address;
        assertThat(admin.send(ApiRequest.get(path)).text("spec", "parentRef", "name"))
                .isEqualTo("web");
        admin.send(ApiRequest.delete(SERVICES + "/web"));
        assertRefused(
                () -> admin.send(ApiRequest.get(path)),
                404,
                "ipaddresses.networking.k8s.io \"" + address + "\" not found");
    }

    @Test
    void refusesANodePortThatIsTaken() {
        JsonObject wanted =
                json(
                        "{'metadata':{'name':'one'},'spec':{'type':'NodePort','ports':[{'port':80,'nodePort':30100}]}}");
        admin.send(ApiRequest.post(SERVICES, wanted));

        assertRefused(
                () ->
                        admin.send(
                                ApiRequest.post(
                                        SERVICES,
                                        wanted.withAt(Json.of("two"), "metadata", "name"))),
                422,
                "Service \"two\" is invalid: spec.ports[0].nodePort: Invalid value: 30100: provided"
                        + " port is already allocated");
    }

    @Test
    void refusesWhatNoRoleAllows() {
        Transport jane = server.server().transport(User.of("jane"));

        assertRefused(
                () -> jane.send(ApiRequest.get(SERVICES)),
                403,
                "services is forbidden: User \"jane\" cannot list resource \"services\" in API"
                        + " group \"\" in the namespace \"default\"");
    }

    @Test
    void allowsWhatABindingGrants() {
        String group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/";
        admin.send(
                ApiRequest.post(
                        group + "roles",
                        json(
                                "{'metadata':{'name':'r'},'rules':[{'apiGroups':[''],'resources':['services'],'verbs':['list']}]}")));
        admin.send(
                ApiRequest.post(
                        group + "rolebindings",
                        json(
                                "{'metadata':{'name':'b'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'Role','name':'r'},'subjects':[{'apiGroup':'rbac.authorization.k8s.io','kind':'User','name':'jane'}]}")));

        Transport jane = server.server().transport(User.of("jane"));

        assertThat(names(jane.send(ApiRequest.get(SERVICES)))).containsExactly("kubernetes");
    }

    @Test
    void restoresTheKubernetesService() throws InterruptedException {
        Heard heard = new Heard();
        admin.watch(
                ApiRequest.get(SERVICES).with("fieldSelector", "metadata.name=kubernetes"), heard);
        assertThat(heard.next()).isEqualTo("ADDED kubernetes");

        admin.send(ApiRequest.delete(SERVICES + "/kubernetes"));

        assertThat(heard.next()).isEqualTo("DELETED kubernetes");
        assertThat(heard.next()).isEqualTo("ADDED kubernetes");
        assertThat(admin.send(ApiRequest.get(SERVICES + "/kubernetes")).text("spec", "clusterIP"))
                .isEqualTo("10.96.0.1");
    }

    private static JsonObject configMap(String name) {
        return json("{'metadata':{'name':'" + name + "'}}");
    }

    private static JsonObject service(String name, String type) {
        return json(
                "{'metadata':{'name':'%s'},'spec':{'type':'%s','ports':[{'port':80}]}}"
                        .formatted(name, type));
    }

    private static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text.replace('\'', '"'));
    }

    private static List<String> names(JsonObject list) {
        List<String> names = new ArrayList<>();
        list.list("items").forEach(item -> names.add(item.text("metadata", "name")));
        return names;
    }

    private static void assertRefused(Runnable request, int code, String message) {
        assertThatThrownBy(request::run)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e.status().message()).isEqualTo(message);
                            assertThat(e.status().code()).isEqualTo(code);
                        });
    }

    private static final class Heard implements WatchListener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        @Override
        public void onEvent(EventType type, JsonObject object) {
            String about =
                    type == EventType.BOOKMARK
                            ? object.object("metadata", "annotations").toString()
                            : object.text("metadata", "name");
            events.add(type + " " + about);
        }

        @Override
        public void onClose() {
            events.add("CLOSED");
        }

        String next() throws InterruptedException {
            String event = events.poll(20, TimeUnit.SECONDS);
            assertThat(event).as("an event within 20 seconds").isNotNull();
            return event == null ? "" : event;
        }
    }
}
