package io.fairlead.tables;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ServiceTableGoldenTest {
    static List<GoldenCase> cases() {
        return GoldenCase.in("services");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsAsRecorded(GoldenCase golden) {
        golden.assertOutput(
                "table.txt", ServiceTable.of(Cluster.of(golden.input()), "node-1").print());
    }
}
