package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariableExpansionTest {
    @ParameterizedTest
    @CsvSource({
        "plain, plain",
        "$(A), one",
        "x$(A)y$(B), xoneytwo",
        "$$(A), $(A)",
        "$$$(A), $one",
        "$(MISSING), $(MISSING)",
        "$A, $A",
        "$(A, $(A",
        "$, $",
        "a$, a$",
        "$$, $",
        "$(), $()",
    })
    void replacesOnlyWhatItKnows(String text, String expected) {
        assertThat(VariableExpansion.expand(text, Map.of("A", "one", "B", "two")))
                .isEqualTo(expected);
    }
}
