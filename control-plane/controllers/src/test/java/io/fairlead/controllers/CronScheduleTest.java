package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CronScheduleTest {
    private static List<String> next(String schedule, String zone, String from, int count) {
        CronSchedule parsed = CronSchedule.parse(schedule, zone);
        List<String> times = new ArrayList<>();
        Instant at = Instant.parse(from);
        for (int i = 0; i < count; i++) {
            at = parsed.after(at).orElseThrow();
            times.add(at.toString());
        }
        return times;
    }

    @Test
    void readsStepsRangesListsAndWords() {
        assertThat(next("*/20 8-9 * * *", "", "2026-01-01T08:10:30Z", 4))
                .containsExactly(
                        "2026-01-01T08:20:00Z",
                        "2026-01-01T08:40:00Z",
                        "2026-01-01T09:00:00Z",
                        "2026-01-01T09:20:00Z");
        assertThat(next("30 6 * feb mon,7", "", "2026-01-01T00:00:00Z", 3))
                .containsExactly(
                        "2026-02-01T06:30:00Z", "2026-02-02T06:30:00Z", "2026-02-08T06:30:00Z");
        assertThat(next("@monthly", "", "2026-01-15T00:00:00Z", 1))
                .containsExactly("2026-02-01T00:00:00Z");
    }

    @Test
    void takesEitherDayWhereBothAreRestricted() {
        assertThat(next("0 0 13 * 5", "", "2026-02-01T00:00:00Z", 3))
                .containsExactly(
                        "2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z");
    }

    @Test
    void followsTheClockOfItsZone() {
        assertThat(next("0 9 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 2))
                .containsExactly("2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z");
        // Half past two does not exist on the 29th.
        assertThat(next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1))
                .containsExactly("2026-03-30T00:30:00Z");
    }

    @Test
    void refusesWhatItCannotRead() {
        for (String bad :
                List.of("* * * *", "60 * * * *", "5-1 * * * *", "*/0 * * * *", "x * * * *")) {
            assertThatThrownBy(() -> CronSchedule.parse(bad, ""))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(CronSchedule.parse("0 0 31 2 *", "").after(Instant.EPOCH)).isEmpty();
    }
}
