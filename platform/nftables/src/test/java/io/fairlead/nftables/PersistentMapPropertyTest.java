package io.fairlead.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PersistentMapPropertyTest {
    /// Collides often, and in every digit of the trie.
    private record Key(int number) {
        @Override
        public int hashCode() {
            return number % 3 == 0 ? number / 40 : number * 0x9e3779b1;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void behavesAsAHashMapAndTellsDifferences(long seed) {
        Random random = new Random(seed);
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        Map<Key, Integer> model = new HashMap<>();
        PersistentMap<Key, Integer> old = map;
        Map<Key, Integer> oldModel = new HashMap<>();
        for (int step = 0; step < 3000; step++) {
            Key key = new Key(random.nextInt(300));
            if (random.nextInt(5) < 2) {
                map = map.without(key);
                model.remove(key);
            } else {
                int value = random.nextInt(4);
                map = map.with(key, value);
                model.put(key, value);
            }
            assertThat(map.size()).isEqualTo(model.size());
            assertThat(map.get(key)).isEqualTo(model.get(key));
            if (random.nextInt(50) == 0) {
                assertDifferences(old, map, oldModel, model);
                old = map;
                oldModel = new HashMap<>(model);
            }
        }
    }

    private static void assertDifferences(
            PersistentMap<Key, Integer> old,
            PersistentMap<Key, Integer> map,
            Map<Key, Integer> oldModel,
            Map<Key, Integer> model) {
        PersistentMap<Key, Integer> rebuilt = PersistentMap.empty();
        for (Map.Entry<Key, Integer> entry : model.entrySet()) {
            rebuilt = rebuilt.with(entry.getKey(), entry.getValue());
        }
        assertThat(rebuilt).isEqualTo(map).hasSameHashCodeAs(map);
        assertThat(map.values()).hasSize(model.size());
        Map<Key, Integer> replayed = new HashMap<>(oldModel);
        old.differencesTo(
                map,
                (key, before, after) -> {
                    assertThat(before).isEqualTo(oldModel.get(key)).isNotEqualTo(after);
                    if (after == null) {
                        replayed.remove(key);
                    } else {
                        replayed.put(key, after);
                    }
                });
        assertThat(replayed).isEqualTo(model);
    }
}
