package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestartBackoffTest {
    @Test
    void doublesFromTenSecondsToFiveMinutes() {
        List<String> texts = new ArrayList<>();
        RestartBackoff backoff = RestartBackoff.NONE;
        for (int i = 0; i < 8; i++) {
            texts.add(backoff.text());
            backoff = backoff.next();
        }
        assertThat(texts)
                .containsExactly("0s", "10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s");
    }

    @Test
    void forgivesAfterALongRun() {
        RestartBackoff backoff = RestartBackoff.NONE.next().next();
        Instant start = Instant.EPOCH;
        assertThat(backoff.judging(start, start.plus(Duration.ofMinutes(9)))).isEqualTo(backoff);
        assertThat(backoff.judging(start, start.plus(Duration.ofMinutes(10))))
                .isEqualTo(RestartBackoff.NONE);
    }
}
