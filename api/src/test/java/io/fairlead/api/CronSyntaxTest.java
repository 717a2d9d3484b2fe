package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronSyntaxTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "* * * * *",
                "*/5 0-3,7 1 jan-mar MON",
                "0 0 1 1 ?",
                "@hourly",
                "@every 1h30m",
                "CRON_TZ=UTC 0 0 * * *"
            })
    void takesWhatSaysATime(String schedule) {
        assertThat(CronSyntax.problem(schedule)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "every day | expected exactly 5 fields, found 2: [every day]",
                "60 * * * * | end of range (60) above maximum (59): 60",
                "* * 0 * * | beginning of range (0) below minimum (1): 0",
                "5-1 * * * * | beginning of range (5) beyond end of range (1): 5-1",
                "*/0 * * * * | step of range should be a positive number: */0",
                "1-2-3 * * * * | too many hyphens: 1-2-3",
                "x * * * * | failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax",
                "@noon | unrecognized descriptor: @noon"
            })
    void saysWhatIsWrong(String schedule, String problem) {
        assertThat(CronSyntax.problem(schedule)).contains(problem);
    }

    @Test
    void knowsTimeZones() {
        assertThat(CronSyntax.zoneProblem("Europe/Vienna")).isEmpty();
        assertThat(CronSyntax.zoneProblem("Nowhere/X")).contains("unknown time zone Nowhere/X");
    }
}
