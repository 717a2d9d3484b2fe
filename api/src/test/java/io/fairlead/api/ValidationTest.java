package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ValidationTest {
    /// Only a server knows its ranges, and a cron schedule is not parsed yet.
    private static final Set<String> OF_THE_SERVER =
            Set.of(
                    "cronjob-schedule-bad",
                    "name-missing",
                    "service-clusterip-network-address",
                    "service-clusterip-out-of-range",
                    "service-clusterip-taken",
                    "service-ipv6-family",
                    "service-nodeport-duplicate",
                    "service-nodeport-out-of-range",
                    "service-require-dual-stack");

    @Test
    void complaintsAreAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (RecordedCase recorded : RecordedCase.ofArea("validation")) {
            boolean invalid = recorded.answer().text("reason").equals("Invalid");
            if (!recorded.method().equals("POST")
                    || OF_THE_SERVER.contains(recorded.name())
                    || (!invalid && recorded.status() != 201)) {
                continue;
            }
            Status status = judge(recorded.request(), recorded.resource());
            List<String> is = causes(status.details());
            List<String> expected = causes(recorded.answer().object("details"));
            if (!is.equals(expected)) {
                differences.add(
                        "%s\n  is        %s\n  should be %s"
                                .formatted(recorded.name(), is, expected));
            } else if (recorded.answer().has("message")
                    && !recorded.answer().text("message").contains("<unordered>")
                    && !status.message().equals(recorded.answer().text("message"))) {
                differences.add(recorded.name() + ": " + status.message());
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void whatIsRecordedAsGoodIsGood() {
        for (RecordedCase recorded : RecordedCase.ofArea("defaulting")) {
            if (recorded.method().equals("POST") && recorded.status() == 201) {
                assertThat(judge(recorded.request(), recorded.resource()).details())
                        .as(recorded.name())
                        .isEqualTo(JsonObject.EMPTY);
            }
        }
    }

    private static Status judge(JsonObject body, ApiResource resource) {
        JsonObject decoded = ObjectDecoder.decode(body, resource.schema()).tree();
        JsonObject completed = Defaults.apply(decoded, resource);
        List<FieldError> errors = Validation.ofNew(completed, resource);
        return errors.isEmpty()
                ? new Status(201, "", "", JsonObject.EMPTY)
                : FieldError.status(resource.type(), body.text("metadata", "name"), errors);
    }

    private static List<String> causes(JsonObject details) {
        return details.list("causes").stream()
                .map(cause ->
                        "%s %s %s"
                                .formatted(
                                        cause.text("field"),
                                        cause.text("reason"),
                                        isTold(cause) ? cause.text("message") : ""))
                .sorted()
                .toList();
    }

    /// The recordings leave out what depends on how Go prints its values.
    private static boolean isTold(Json cause) {
        return !cause.text("reason").equals("FieldValueDuplicate")
                || !cause.text("message").contains("{");
    }
}
