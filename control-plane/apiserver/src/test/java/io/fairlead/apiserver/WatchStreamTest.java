package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.WatchListener.EventType;
import io.fairlead.store.InMemoryStore;
import io.fairlead.store.Stored;
import io.fairlead.store.Watcher.Change;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WatchStreamTest {
    private static final int MORE_THAN_THE_BUFFER = 20_001;

    @Test
    void aClientThatIsTooSlowIsToldToListAgain() {
        WatchStream stream = stream();
        stream.start(() -> {});

        for (int i = 1; i <= MORE_THAN_THE_BUFFER; i++) {
            stream.onChanges(i + 1, List.of(change(i + 1)));
        }

        WatchStream.Event last = stream.poll();
        assertThat(last).isNotNull();
        assertThat(last.type()).isEqualTo(EventType.ERROR);
        assertThat(last.tree().number(0, "code")).isEqualTo(410);
        assertThat(stream.isExhausted()).isTrue();
    }

    private static WatchStream stream() {
        return new WatchStream(
                new InMemoryStore<>(),
                new WatchStream.Scope(
                        "/registry/configmaps/",
                        object -> true,
                        "ConfigMap",
                        "v1",
                        Optional.of(1L),
                        WatchStream.Bookmarks.NONE),
                event -> new byte[0]);
    }

    private static Change<StoredObject> change(long revision) {
        StoredObject object =
                new StoredObject((JsonObject) JsonReader.read("{\"metadata\":{\"name\":\"a\"}}"));
        return new Change<>(
                "/registry/configmaps/default/a",
                Optional.empty(),
                Optional.of(new Stored<>("/registry/configmaps/default/a", object, 1, revision)));
    }
}
