package io.fairlead.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.JsonReader;
import io.fairlead.expressions.PolicyCompiler.Offer;
import io.fairlead.expressions.PolicyCompiler.Shapes;
import io.fairlead.expressions.PolicyCompiler.Sort;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyCompilerTest {
    private final PolicyCompiler compiler =
            new PolicyCompiler(Offer.PARAMS_AND_VARIABLES, Shapes.UNKNOWN);

    @Test
    void tellsResultsOfOtherTypesAsKubernetesDoes() {
        assertThatThrownBy(() -> compiler.compile("object.spec.on", Sort.CONDITION))
                .hasMessage("must evaluate to bool but got dyn");
        assertThatThrownBy(() -> compiler.compile("1", Sort.AUDIT_VALUE))
                .hasMessageStartingWith("must evaluate to one of [")
                .hasMessageEndingWith("but got int");
        assertThatThrownBy(() -> compiler.compile("['a']", Sort.JSON_PATCH))
                .hasMessage("must evaluate to list(JSONPatch) but got list(string)");
    }

    @Test
    void knowsTheRequestsFields() {
        assertThatThrownBy(() -> compiler.compile("request.verb == 'x'", Sort.CONDITION))
                .hasMessageContaining("undefined field 'verb'");
        assertThatThrownBy(() -> compiler.compile("request.name == 1", Sort.CONDITION))
                .hasMessageContaining("found no matching overload for '_==_'");
    }

    @Test
    void refusesLiteralsThatAreWrongInThemselves() throws ExpressionException {
        assertThatThrownBy(() -> compiler.compile("[1, 'a'].size() == 2", Sort.CONDITION))
                .hasMessageContaining("expected type 'int' but found 'string'");
        assertThatThrownBy(() -> compiler.compile("'a'.matches('(')", Sort.CONDITION))
                .hasMessageContaining("ERROR: <input>:1:");
        assertThatThrownBy(() -> compiler.compile("duration('x') > duration('1s')", Sort.CONDITION))
                .hasMessageContaining("ERROR: <input>:1:");
        compiler.compile("'%d %s'.format([1, 'a']) == '1 a'", Sort.CONDITION);
    }

    @Test
    void offersOnlyWhatTheOwnerHas() {
        PolicyCompiler bare = new PolicyCompiler(Offer.REQUEST, Shapes.UNKNOWN);

        assertThatThrownBy(() -> bare.compile("params.x == 1", Sort.CONDITION))
                .hasMessageStartingWith(
                        "compilation failed: ERROR: <input>:1:1: undeclared reference to 'params'");
        assertThatThrownBy(() -> compiler.compile("authorizer.path('/').x", Sort.MESSAGE))
                .hasMessageContaining("undeclared reference to 'authorizer'");
    }

    @Test
    void typesVariablesByTheirExpressions() throws ExpressionException {
        compiler.addVariable("count", "1 + 1");

        assertThat(compiler.compile("variables.count == 2", Sort.CONDITION)).isNotNull();
        assertThatThrownBy(() -> compiler.compile("variables.count == 'a'", Sort.CONDITION))
                .hasMessageContaining("found no matching overload");
        assertThatThrownBy(() -> compiler.compile("variables.none == 'a'", Sort.CONDITION))
                .hasMessageContaining("undefined field 'none'");
    }

    @Test
    void checksObjectsUnderTheirSchemas() throws ExpressionException {
        PolicyCompiler checked =
                new PolicyCompiler(
                        Offer.REQUEST,
                        new Shapes(
                                Optional.of(
                                        ApiCatalog.builtIn()
                                                .ofKind("apps/v1", "Deployment")
                                                .orElseThrow()
                                                .schema()),
                                Optional.empty()));

        checked.compile(
                "object.spec.replicas > 1 && object.spec.template.spec.containers[0].name == 'a'",
                Sort.TYPE_CHECK);
        assertThatThrownBy(() -> checked.compile("object.spec.replicas > '1'", Sort.TYPE_CHECK))
                .hasMessageStartingWith("ERROR: <input>:1:22: found no matching overload");
        assertThatThrownBy(() -> checked.compile("object.spec.size > 1", Sort.TYPE_CHECK))
                .hasMessageContaining("undefined field 'size'");
    }

    @Test
    void makesObjectsOfAnyFields() throws Exception {
        Expression expression =
                compiler.compile(
                        "Object{spec: Object.spec{replicas: object.spec.replicas + 1, template: Object.spec.template{names: ['a']}}}",
                        Sort.APPLY_CONFIGURATION);

        assertThat(expression.applyConfiguration(variables(), Budget.ofObject()))
                .isEqualTo(
                        JsonReader.read(
                                "{\"spec\":{\"replicas\":4,\"template\":{\"names\":[\"a\"]}}}"));
    }

    @Test
    void refusesObjectsThatAreNotWhereTheirTypeSays() throws Exception {
        Expression expression =
                compiler.compile(
                        "Object{spec: Object.other{replicas: 1}}", Sort.APPLY_CONFIGURATION);

        assertThatThrownBy(() -> expression.applyConfiguration(variables(), Budget.ofObject()))
                .hasMessage(
                        "type mismatch: unexpected type name \"Object.other\", expected \"Object.spec\", which matches field name path from root Object type");
    }

    @Test
    void makesPatches() throws Exception {
        Expression expression =
                compiler.compile(
                        "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a~/b'), value: {'x': Object.spec{a: 1}}}]",
                        Sort.JSON_PATCH);

        assertThat(expression.jsonPatch(variables(), Budget.ofObject()))
                .isEqualTo(
                        JsonReader.read(
                                "[{\"op\":\"add\",\"path\":\"/metadata/labels/a~0~1b\",\"value\":{\"x\":{\"a\":1}}}]"));
    }

    @Test
    void countsTheCostOfPatches() throws Exception {
        Expression expression =
                compiler.compile(
                        "Object{spec: Object.spec{n: [1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, a * b))}}",
                        Sort.APPLY_CONFIGURATION);

        assertThatThrownBy(() -> expression.applyConfiguration(variables(), new Budget(50)))
                .hasMessage("operation cancelled: actual cost limit exceeded");
    }

    private static Map<String, ?> variables() {
        return Map.of(
                "object",
                JsonReader.read("{\"spec\":{\"replicas\":3}}"),
                "request",
                JsonReader.read("{}"));
    }
}
