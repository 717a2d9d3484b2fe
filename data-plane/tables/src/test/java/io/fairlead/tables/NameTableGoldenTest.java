package io.fairlead.tables;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NameTableGoldenTest {
    static List<GoldenCase> cases() {
        return GoldenCase.in("names");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsAsRecorded(GoldenCase golden) {
        golden.assertOutput(
                "table.txt", NameTable.of(Cluster.of(golden.input()), "cluster.local").print());
    }
}
