package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptionsTest {
    @Test
    void everyFieldOfTheKindsThatPeopleAskAboutIsDescribed() {
        Descriptions descriptions = Descriptions.read();
        List<String> missing = new ArrayList<>();
        for (String type : Descriptions.reachable()) {
            String shortName = type.substring(type.lastIndexOf('.') + 1);
            for (String field : SchemaType.named(type).fields().keySet()) {
                if (descriptions.of(shortName, field) == null) {
                    missing.add(shortName + "." + field);
                }
            }
        }
        assertThat(missing).isEmpty();
    }
}
