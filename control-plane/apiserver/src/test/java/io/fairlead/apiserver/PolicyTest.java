package io.fairlead.apiserver;

import static io.fairlead.apiserver.CustomResourceTest.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String REGISTRATION = "/apis/admissionregistration.k8s.io/v1/";
    private static final String ABOUT_CONFIG_MAPS =
            "'matchConstraints':{'resourceRules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['CREATE','UPDATE'],'resources':['configmaps']}]}";

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
    void refusesWhatAValidationForbids() {
        validating(
                "'validations':[{'expression':'has(object.data) && object.data.x != \\\"bad\\\"','reason':'Forbidden','messageExpression':'\\\"x is \\\" + object.data.x'}]");
        bind("Validating", "'validationActions':['Deny']");

        assertThat(make("a", "'x':'good'").text("data", "x")).isEqualTo("good");
        assertThatThrownBy(() -> make("b", "'x':'bad'"))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e.status().code()).isEqualTo(403);
                            assertThat(e.status().message())
                                    .isEqualTo(
                                            "configmaps \"b\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: x is bad");
                        });
    }

    @Test
    void tellsWhichExpressionFailedAndWhichHadNoValue() {
        validating("'validations':[{'expression':'object.data.x == \\\"good\\\"'}]");
        bind("Validating", "'validationActions':['Deny']");

        assertThatThrownBy(() -> make("a", "'x':'bad'"))
                .hasMessageEndingWith(
                        "denied request: failed expression: object.data.x == \"good\"");
        assertThatThrownBy(() -> make("a", "'y':'bad'"))
                .hasMessageEndingWith(
                        "denied request: expression 'object.data.x == \"good\"' resulted in error: no such key: x");
    }

    @Test
    void computesVariablesFromOneAnother() {
        validating(
                "'variables':[{'name':'size','expression':'object.data.size()'},{'name':'isBig','expression':'variables.size > 1'}],'validations':[{'expression':'!variables.isBig','messageExpression':'\\\"has \\\" + string(variables.size)'}]");
        bind("Validating", "'validationActions':['Deny']");

        make("a", "'x':'1'");
        assertThatThrownBy(() -> make("b", "'x':'1','y':'2'")).hasMessageEndingWith("has 2");
    }

    @Test
    void takesParametersOfCustomKinds() {
        admin.send(
                ApiRequest.post(
                        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                        json(
                                "{'metadata':{'name':'limits.example.com'},'spec':{'group':'example.com','scope':'Namespaced','names':{'plural':'limits','kind':'Limit'},'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object','properties':{'max':{'type':'integer'}}}}}]}}")));
        validating(
                "'paramKind':{'apiVersion':'example.com/v1','kind':'Limit'},'validations':[{'expression':'object.data.size() <= params.max','messageExpression':'\\\"at most \\\" + string(params.max)'}]");
        bind(
                "Validating",
                "'validationActions':['Deny'],'paramRef':{'name':'few','parameterNotFoundAction':'Deny'}");

        assertThatThrownBy(() -> make("a", "'x':'1'"))
                .hasMessageEndingWith(
                        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
        admin.send(
                ApiRequest.post(
                        "/apis/example.com/v1/namespaces/default/limits",
                        json("{'metadata':{'name':'few'},'max':1}")));
        make("a", "'x':'1'");
        assertThatThrownBy(() -> make("b", "'x':'1','y':'2'")).hasMessageEndingWith("at most 1");
    }

    @Test
    void asksTheAuthorizer() {
        validating(
                "'validations':[{'expression':'authorizer.group(\\\"\\\").resource(\\\"configmaps\\\").namespace(\\\"default\\\").check(\\\"delete\\\").allowed() && authorizer.requestResource.check(\\\"create\\\").allowed()'}]");
        bind("Validating", "'validationActions':['Deny']");

        make("a", "'x':'1'");
    }

    @Test
    void refusesPoliciesWhoseExpressionsAreWrong() {
        assertThatThrownBy(() ->
                        validating(
                                "'validations':[{'expression':'object.spec.replicas'},{'expression':'nothing == 1'}]"))
                .hasMessageContaining(
                        "spec.validations[0].expression: Invalid value: \"object.spec.replicas\": must evaluate to bool but got dyn")
                .hasMessageContaining("undeclared reference to 'nothing'");
        assertThatThrownBy(() ->
                        validating(
                                "'matchConditions':[{'name':'a','expression':'params.x == 1'}],'validations':[{'expression':'true'}]"))
                .hasMessageContaining("spec.matchConditions[0].expression");
    }

    @Test
    void checksOneNamespacesObjectsOnly() {
        validating("'validations':[{'expression':'false','message':'never'}]");
        bind(
                "Validating",
                "'validationActions':['Deny'],'matchResources':{'namespaceSelector':{'matchLabels':{'kubernetes.io/metadata.name':'other'}}}");

        make("a", "'x':'1'");
        admin.send(ApiRequest.post("/api/v1/namespaces", json("{'metadata':{'name':'other'}}")));
        assertThatThrownBy(() ->
                        admin.send(
                                ApiRequest.post(
                                        "/api/v1/namespaces/other/configmaps",
                                        json("{'metadata':{'name':'a'}}"))))
                .hasMessageEndingWith("never");
    }

    @Test
    void endsEvaluationsThatCostTooMuch() {
        StringBuilder list = new StringBuilder("[0");
        for (int i = 1; i < 60; i++) {
            list.append(',').append(i);
        }
        list.append(']');
        validating(
                "'validations':[{'expression':'%1$s.all(a, %1$s.all(b, %1$s.all(c, %1$s.all(d, a + b + c + d >= 0))))'}]"
                        .formatted(list));
        bind("Validating", "'validationActions':['Deny']");

        assertThatThrownBy(() -> make("a", "'x':'1'"))
                .hasMessageContaining("actual cost limit exceeded");
    }

    @Test
    void mergesApplyConfigurations() {
        mutating(
                "'mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{metadata: Object.metadata{labels: {\\\"team\\\": \\\"a\\\"}}, data: {\\\"y\\\": object.data.x}}'}}]");
        bind("Mutating", "'policyName':'p'");

        JsonObject made = make("a", "'x':'1'");

        assertThat(made.text("metadata", "labels", "team")).isEqualTo("a");
        assertThat(made.text("data", "y")).isEqualTo("1");
        assertThat(made.text("data", "x")).isEqualTo("1");
    }

    @Test
    void appliesPatches() {
        mutating(
                "'mutations':[{'patchType':'JSONPatch','jsonPatch':{'expression':'[JSONPatch{op: \\\"test\\\", path: \\\"/data/x\\\", value: \\\"1\\\"}, JSONPatch{op: \\\"add\\\", path: \\\"/data/\\\" + jsonpatch.escapeKey(\\\"a.b\\\"), value: \\\"c\\\"}]'}}]");
        bind("Mutating", "'policyName':'p'");

        assertThat(make("a", "'x':'1'").text("data", "a.b")).isEqualTo("c");
        assertThat(make("b", "'x':'2'").object("data").size()).isEqualTo(1);
    }

    @Test
    void refusesToChangeWhatChangesOnlyAsAWhole() {
        mutating(
                "'mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{metadata: Object.metadata{nothing: 1}}'}}]");
        bind("Mutating", "'policyName':'p'");

        assertThatThrownBy(() -> make("a", "'x':'1'"))
                .hasMessageStartingWith(
                        "policy 'p' with binding 'b' denied request: error applying patch: failed to convert patch object to typed object: .metadata.nothing: field not declared in schema");
    }

    @Test
    void tellsWhichExpressionsContradictTheSchema() {
        validating(
                "'validations':[{'expression':'object.data.size() > 0'},{'expression':'object.data == 1','messageExpression':'string(object.nothing)'}]");

        JsonObject policy = settled();

        assertThat(policy.list("status", "typeChecking", "expressionWarnings")).hasSize(2);
        assertThat(
                        policy.list("status", "typeChecking", "expressionWarnings")
                                .getFirst()
                                .text("warning"))
                .startsWith(
                        "/v1, Kind=ConfigMap: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(map(string, string), int)'");
    }

    @Test
    void changesAgainAfterLaterPolicies() {
        register(
                "mutatingadmissionpolicies",
                "MutatingAdmissionPolicy",
                "'reinvocationPolicy':'IfNeeded','mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{data: {\\\"seen\\\": string(object.data.size())}}'}}]");
        bind("Mutating", "'policyName':'p'");
        admin.send(
                ApiRequest.post(
                        REGISTRATION + "mutatingadmissionpolicies",
                        json(
                                "{'metadata':{'name':'q'},'spec':{%s,'reinvocationPolicy':'Never','mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{data: {\\\"late\\\": \\\"yes\\\"}}'}}]}}"
                                        .formatted(ABOUT_CONFIG_MAPS))));
        admin.send(
                ApiRequest.post(
                        REGISTRATION + "mutatingadmissionpolicybindings",
                        json("{'metadata':{'name':'q'},'spec':{'policyName':'q'}}")));

        assertThat(make("a", "'x':'1'").text("data", "seen")).isEqualTo("3");
    }

    @Test
    void judgesConnectionsAndNewParts() {
        admin.send(
                ApiRequest.post(
                        REGISTRATION + "validatingadmissionpolicies",
                        json(
                                "{'metadata':{'name':'p'},'spec':{'matchConstraints':{'resourceRules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['CONNECT','CREATE'],'resources':['pods/exec','serviceaccounts/token']}]},'validations':[{'expression':'false','messageExpression':'request.operation + \\\" \\\" + request.subResource + \\\" of \\\" + object.kind + \\\" \\\" + (has(object.command) ? string(object.command[0]) : string(object.spec.expirationSeconds))'}]}}")));
        bind("Validating", "'validationActions':['Deny']");

        assertThatThrownBy(() ->
                        admin.send(
                                ApiRequest.get("/api/v1/namespaces/default/pods/a/exec")
                                        .with("command", "ls")))
                .hasMessageEndingWith("CONNECT exec of PodExecOptions ls");
        assertThatThrownBy(() ->
                        admin.send(
                                ApiRequest.post(
                                        "/api/v1/namespaces/default/serviceaccounts/a/token",
                                        json(
                                                "{'kind':'TokenRequest','apiVersion':'authentication.k8s.io/v1','spec':{'expirationSeconds':700}}"))))
                .hasMessageEndingWith("CREATE token of TokenRequest 700");
    }

    @Test
    void judgesTheScaleThatSomebodyWrites() {
        admin.send(
                ApiRequest.post(
                        REGISTRATION + "validatingadmissionpolicies",
                        json(
                                "{'metadata':{'name':'p'},'spec':{'matchConstraints':{'resourceRules':[{'apiGroups':['apps'],'apiVersions':['v1'],'operations':['UPDATE'],'resources':['deployments/scale']}]},'validations':[{'expression':'object.spec.replicas < 5 && oldObject.kind == \\\"Scale\\\"'}]}}")));
        bind("Validating", "'validationActions':['Deny']");
        String path = "/apis/apps/v1/namespaces/default/deployments";
        admin.send(
                ApiRequest.post(
                        path,
                        json(
                                "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}")));

        JsonObject scale = admin.send(ApiRequest.get(path + "/d/scale"));
        admin.send(ApiRequest.put(path + "/d/scale", scale.withAt(Json.of(3), "spec", "replicas")));
        assertThatThrownBy(() ->
                        admin.send(
                                ApiRequest.put(
                                        path + "/d/scale",
                                        scale.withAt(Json.of(7), "spec", "replicas")
                                                .withoutAt("metadata", "resourceVersion"))))
                .hasMessageContaining("denied request: failed expression");
        assertThat(admin.send(ApiRequest.get(path + "/d")).number(0, "spec", "replicas"))
                .isEqualTo(3);
    }

    private JsonObject settled() {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (System.nanoTime() < deadline) {
            JsonObject policy =
                    admin.send(ApiRequest.get(REGISTRATION + "validatingadmissionpolicies/p"));
            if (policy.number(0, "status", "observedGeneration") == 1) {
                return policy;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        throw new AssertionError("the policy was not checked");
    }

    private JsonObject make(String name, String data) {
        return admin.send(
                ApiRequest.post(
                        CONFIG_MAPS,
                        json("{'metadata':{'name':'" + name + "'},'data':{" + data + "}}")));
    }

    private void validating(String spec) {
        register("validatingadmissionpolicies", "ValidatingAdmissionPolicy", spec);
    }

    private void mutating(String spec) {
        register(
                "mutatingadmissionpolicies",
                "MutatingAdmissionPolicy",
                "'reinvocationPolicy':'Never'," + spec);
    }

    private void register(String plural, String kind, String spec) {
        admin.send(
                ApiRequest.post(
                        REGISTRATION + plural,
                        json(
                                "{'kind':'%s','apiVersion':'admissionregistration.k8s.io/v1','metadata':{'name':'p'},'spec':{%s,%s}}"
                                        .formatted(kind, ABOUT_CONFIG_MAPS, spec))));
    }

    private void bind(String sort, String spec) {
        String more = spec.contains("policyName") ? spec : "'policyName':'p'," + spec;
        admin.send(
                ApiRequest.post(
                        REGISTRATION
                                + sort.toLowerCase(java.util.Locale.ROOT)
                                + "admissionpolicybindings",
                        json("{'metadata':{'name':'b'},'spec':{" + more + "}}")));
    }
}
