package io.fairlead.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.JsonReader;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {
    private static final PolicyCompiler ANY =
            new PolicyCompiler(PolicyCompiler.Offer.REQUEST, PolicyCompiler.Shapes.UNKNOWN);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1, 2, 3].isSorted() && ![3, 1].isSorted()",
                "[1, 2, 3].sum() == 6 && [2, 1].min() == 1 && ['a', 'b'].max() == 'b'",
                "[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2",
                "'abc 123'.find('[0-9]+') == '123' && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
                "url('https://a.example:80/p?x=1').getPort() == '80' && isURL('/a') && !isURL('a')",
                "url('https://u:1/p?x=1&x=2').getQuery()['x'] == ['1', '2']",
                "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('10.0.0.01') && ip('127.0.0.1').isLoopback()",
                "ip.isCanonical('127.0.0.1') && !ip.isCanonical('0:0::1')",
                "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
                "cidr('192.168.1.1/24').masked() == cidr('192.168.1.0/24') && cidr('::/64').prefixLength() == 64",
                "string(cidr('10.0.0.0/8')) == '10.0.0.0/8' && string(ip('::1')) == '::1'",
                "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('50k').add(20).sub(quantity('20')).asInteger() == 50000",
                "isQuantity('20Mi') && !isQuantity('20Mo') && quantity('50').compareTo(quantity('50')) == 0",
                "semver('1.2.3').isLessThan(semver('1.10.0-a')) && isSemver('1.0', true) && semver('v1.2', true).minor() == 2",
                "format.dns1123Label().validate('a-b') == optional.none() && format.dns1123Label().validate('A').hasValue()",
                "format.named('uuid').hasValue() && !format.named('nothing').hasValue()",
                "'%s has %d and %.2f %x %%'.format(['x', 3, 1.5, 255]) == 'x has 3 and 1.50 ff %'",
                "sets.contains([1, 2], [1]) && 'a,b'.split(',').join('-') == 'a-b' && 'Ab'.lowerAscii() == 'ab'",
                "[1, 2].all(i, v, v == i + 1) && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
                "object.?spec.?missing.orValue(7) == 7 && has(object.spec.n) && object.spec.n + 1 == 4",
                "object.spec.list.exists(x, x.startsWith('b')) && dyn(1) < 1.5 && 'x'.matches('^x$')",
                "type(1) == int && duration('1h') > duration('30m') && timestamp('2020-01-01T00:00:00Z').getFullYear() == 2020",
            })
    void knowsWhatKubernetesKnows(String text) throws ExpressionException {
        assertThat(
                        ANY.compile(text, PolicyCompiler.Sort.VARIABLE)
                                .holds(variables(), new Budget(1000)))
                .isTrue();
    }

    @Test
    void tellsMissingKeysAsKubernetesDoes() throws ExpressionException {
        Expression expression =
                ANY.compile("object.spec.missing == 1", PolicyCompiler.Sort.VARIABLE);

        assertThatThrownBy(() -> expression.holds(variables(), new Budget(1000)))
                .hasMessage("no such key: missing");
    }

    @Test
    void endsWhenTheBudgetIsSpent() throws ExpressionException {
        Expression expression =
                ANY.compile(
                        "[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, a + b > 0)) || true",
                        PolicyCompiler.Sort.VARIABLE);

        assertThatThrownBy(() -> expression.holds(variables(), new Budget(100)))
                .isInstanceOfSatisfying(
                        ExpressionException.class, e -> assertThat(e.isOverBudget()).isTrue());
    }

    @Test
    void refusesExpressionsThatAreNestedTooDeeply() {
        String text = "(".repeat(5000) + "1" + ")".repeat(5000) + " == 1";

        assertThatThrownBy(() -> ANY.compile(text, PolicyCompiler.Sort.VARIABLE))
                .isInstanceOf(ExpressionException.class);
    }

    private static Map<String, Object> variables() {
        return Map.of("object", JsonReader.read("{\"spec\":{\"n\":3,\"list\":[\"a\",\"bc\"]}}"));
    }
}
