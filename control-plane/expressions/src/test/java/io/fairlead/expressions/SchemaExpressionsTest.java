package io.fairlead.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.FieldError;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaExpressionsTest {
    @Test
    void saysWhatARuleSays() {
        assertThat(
                        errors(
                                "'properties':{'min':{'type':'integer'},'max':{'type':'integer'}},'x-kubernetes-validations':[{'rule':'self.min <= self.max','messageExpression':'\\'over \\' + string(self.max)'}]",
                                "{'spec':{'min':5,'max':3}}"))
                .containsExactly("spec: Invalid value: \"object\": over 3");
    }

    @Test
    void judgesChangesOnlyWhereThereWasSomething() {
        String schema =
                "'properties':{'fixed':{'type':'string','x-kubernetes-validations':[{'rule':'self == oldSelf','message':'is fixed'}]}}";

        assertThat(errors(schema, "{'spec':{'fixed':'a'}}")).isEmpty();
        assertThat(errors(schema, "{'spec':{'fixed':'a'}}", "{'spec':{'fixed':'b'}}"))
                .containsExactly("spec.fixed: Invalid value: \"b\": is fixed");
    }

    @Test
    void givesTheOldValueAsAnOptionWhereAsked() {
        String schema =
                "'properties':{'once':{'type':'string','x-kubernetes-validations':[{'rule':'!oldSelf.hasValue() || oldSelf.value() == self','optionalOldSelf':true}]}}";

        assertThat(errors(schema, "{'spec':{'once':'a'}}")).isEmpty();
        assertThat(errors(schema, "{'spec':{'once':'a'}}", "{'spec':{'once':'b'}}")).hasSize(1);
    }

    @Test
    void toleratesWhatAnUpdateLeavesAsItWas() {
        String schema =
                "'properties':{'n':{'type':'integer','x-kubernetes-validations':[{'rule':'self > 5'}]},'m':{'type':'integer'}}";

        assertThat(errors(schema, "{'spec':{'n':1}}")).hasSize(1);
        assertThat(errors(schema, "{'spec':{'n':1}}", "{'spec':{'n':1,'m':2}}")).isEmpty();
    }

    @Test
    void judgesItemsOfListsByTheirKeys() {
        String schema =
                "'properties':{'l':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'object','required':['k'],'properties':{'k':{'type':'string'},'v':{'type':'integer','x-kubernetes-validations':[{'rule':'self >= oldSelf'}]}}}}}";

        assertThat(
                        errors(
                                schema,
                                "{'spec':{'l':[{'k':'a','v':5},{'k':'b','v':1}]}}",
                                "{'spec':{'l':[{'k':'b','v':2},{'k':'a','v':4}]}}"))
                .containsExactly("spec.l[1].v: Invalid value: 4: failed rule: self >= oldSelf");
    }

    @Test
    void stopsWhatCostsTooMuch() {
        String schema =
                "'properties':{'l':{'type':'array','items':{'type':'integer'}}},'x-kubernetes-validations':[{'rule':'self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))'}]";
        String items = "1,".repeat(999) + "1";

        assertThat(errors(schema, "{'spec':{'l':[" + items + "]}}"))
                .singleElement()
                .asString()
                .contains("no further validation rules will be run due to call cost exceeds limit");
        assertThat(problems(schema))
                .singleElement()
                .asString()
                .contains("estimated rule cost exceeds budget");
    }

    @Test
    void refusesRulesThatDoNotCompile() {
        assertThat(
                        problems(
                                "'properties':{'a':{'type':'string'}},'x-kubernetes-validations':[{'rule':'self.b == 1'}]"))
                .singleElement()
                .asString()
                .contains(
                        "at.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.b == 1\"",
                        "compilation failed: ERROR: <input>:1:5: undefined field 'b'");
        assertThat(
                        problems(
                                "'properties':{'a':{'type':'string'}},'x-kubernetes-validations':[{'rule':'self.a'}]"))
                .singleElement()
                .asString()
                .contains("must evaluate to a bool");
    }

    @Test
    void knowsFieldsWhoseNamesCelCannotWrite() {
        assertThat(
                        errors(
                                "'properties':{'a-b':{'type':'integer'},'namespace':{'type':'string'}},'x-kubernetes-validations':[{'rule':'self.a__dash__b > 1 && self.__namespace__ == \\'x\\''}]",
                                "{'spec':{'a-b':2,'namespace':'x'}}"))
                .isEmpty();
    }

    private static List<String> errors(String spec, String after) {
        return shown(judge(spec).check(Optional.empty(), json(after)));
    }

    private static List<String> errors(String spec, String before, String after) {
        return shown(judge(spec).check(Optional.of(json(before)), json(after)));
    }

    private static List<String> problems(String spec) {
        return shown(SchemaExpressions.problems(schema(spec), "at"));
    }

    private static io.fairlead.api.CustomVersion.SchemaRules judge(String spec) {
        return SchemaExpressions.of(schema(spec));
    }

    private static JsonObject schema(String spec) {
        return json("{'type':'object','properties':{'spec':{'type':'object'," + spec + "}}}");
    }

    private static List<String> shown(List<FieldError> errors) {
        return errors.stream().map(error -> error.field() + ": " + error.message()).toList();
    }

    private static JsonObject json(String text) {
        return (JsonObject)
                JsonReader.read(
                        text.replace("\\'", "\u0001").replace('\'', '"').replace('\u0001', '\''));
    }
}
