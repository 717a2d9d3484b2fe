package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.proxy.SocketContents.Balance;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketContents.Slot;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.SetName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random histories of Services against a model of the maps, and of a program that looks into them while they change. A failure names its
/// seed; `-Dfairlead.seed=N` runs only that one.
class SocketRulesPropertyTest {
    private static final Set<IpAddress> OWN =
            Set.of(IpAddress.parse("172.30.0.11"), IpAddress.parse("10.244.1.1"));
    private static final int STEPS = 25;

    static List<Long> seeds() {
        Long only = Long.getLong("fairlead.seed");
        List<Long> seeds = new ArrayList<>();
        for (long seed = 1; only == null && seed <= 60; seed++) {
            seeds.add(seed);
        }
        return only == null ? seeds : List.of(only);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void incrementalEqualsRebuilt(long seed) {
        Random random = new Random(seed);
        RandomServices services = new RandomServices(random);
        ServiceTable table = ServiceTable.of(ClusterSnapshot.EMPTY, "node-1");
        SocketRules rules = SocketRules.empty(OWN);
        Model model = new Model();
        for (int i = 0; i < STEPS; i++) {
            services.change();
            ServiceTable.Step step =
                    table.apply(services.cluster().snapshot(), services.cluster().delta());
            table = step.table();
            SocketRules before = rules;
            rules = before.apply(table, step.delta(), random::nextInt);
            before.contents().changesTo(rules.contents()).forEach(model::apply);

            SocketRules rebuilt = SocketRules.of(table, OWN, Map.of(), random::nextInt);
            assertThat(rules.frontends()).isEqualTo(rebuilt.frontends());
            assertThat(rules.contents().sets()).isEqualTo(rebuilt.contents().sets());
            assertThat(meaning(rules)).isEqualTo(meaning(rebuilt));
            assertThat(model.holds(rules.contents())).isTrue();
            assertThat(rules.contents().changesTo(rules.contents())).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whoeverLooksWhileMapsChangeFindsALivingEndpoint(long seed) {
        Random random = new Random(seed);
        RandomServices services = new RandomServices(random);
        ServiceTable table = ServiceTable.of(ClusterSnapshot.EMPTY, "node-1");
        SocketRules rules = SocketRules.empty(OWN);
        for (int i = 0; i < STEPS; i++) {
            services.change();
            ServiceTable.Step step =
                    table.apply(services.cluster().snapshot(), services.cluster().delta());
            table = step.table();
            SocketRules before = rules;
            rules = before.apply(table, step.delta(), random::nextInt);
            List<Model> history = history(before, rules);
            Set<SocketFrontend> frontends = new HashSet<>();
            history.forEach(model -> frontends.addAll(model.frontends.keySet()));
            for (SocketFrontend frontend : frontends) {
                Set<SocketEndpoint> allowed = new HashSet<>(endpoints(before, frontend));
                boolean wasServed = !allowed.isEmpty();
                Set<SocketEndpoint> later = endpoints(rules, frontend);
                allowed.addAll(later);
                // The frontend as it was, its set as it is.
                allowed.addAll(slots(rules, before.frontends().get(frontend)));
                for (Model still : history) {
                    Optional<SocketEndpoint> found = new Look(List.of(still), random).at(frontend);
                    if (wasServed && !later.isEmpty()) {
                        assertThat(found).isPresent();
                    }
                    found.ifPresent(it -> assertThat(allowed).contains(it));
                }
                for (int look = 0; look < 20; look++) {
                    new Look(history, random)
                            .at(frontend)
                            .ifPresent(it -> assertThat(allowed).contains(it));
                }
            }
        }
    }

    /// The maps after each single change, from the first to the last.
    private static List<Model> history(SocketRules before, SocketRules after) {
        List<Model> history = new ArrayList<>();
        Model model = new Model();
        SocketContents.NONE.changesTo(before.contents()).forEach(model::apply);
        history.add(model.copy());
        for (SocketChange change : before.contents().changesTo(after.contents())) {
            model.apply(change);
            history.add(model.copy());
        }
        return history;
    }

    private static Set<SocketEndpoint> endpoints(SocketRules rules, SocketFrontend frontend) {
        return slots(rules, rules.frontends().get(frontend));
    }

    private static Set<SocketEndpoint> slots(SocketRules rules, @Nullable SetName name) {
        SocketSet set = name == null ? null : rules.sets().get(name);
        return set == null ? Set.of() : Set.copyOf(set.slots());
    }

    /// Who is in each set, without order and lives.
    private static Map<Long, Set<String>> meaning(SocketRules rules) {
        Map<Long, Set<String>> meaning = new HashMap<>();
        for (SocketSet set : rules.sets().values()) {
            Set<String> endpoints = new HashSet<>();
            set.slots().forEach(slot -> endpoints.add(slot.address() + " " + slot.port()));
            meaning.put(set.id(), endpoints);
        }
        return meaning;
    }

    /// A program under way: every look-up may see later maps than the one before.
    private static final class Look {
        private final List<Model> history;
        private final Random random;
        private int now;

        Look(List<Model> history, Random random) {
            this.history = history;
            this.random = random;
            now = random.nextInt(history.size());
        }

        private Model maps() {
            now = Math.min(history.size() - 1, now + random.nextInt(3));
            return history.get(now);
        }

        Optional<SocketEndpoint> at(SocketFrontend frontend) {
            Long set = maps().frontends.get(frontend);
            Balance balance = set == null ? null : maps().sets.get(set);
            if (set == null || balance == null || balance.count() == 0) {
                return Optional.empty();
            }
            return slot(set, random.nextInt(balance.count())).or(() -> slot(set, 0));
        }

        private Optional<SocketEndpoint> slot(long set, int index) {
            return Optional.ofNullable(maps().slots.get(new Slot(set, index)))
                    .filter(endpoint -> maps().lives.contains(new Live(set, endpoint)));
        }
    }

    /// The maps as the kernel has them.
    private static final class Model {
        final Map<SocketFrontend, Long> frontends = new HashMap<>();
        final Map<Long, Balance> sets = new HashMap<>();
        final Map<Slot, SocketEndpoint> slots = new HashMap<>();
        final Set<Live> lives = new HashSet<>();

        Model copy() {
            Model copy = new Model();
            copy.frontends.putAll(frontends);
            copy.sets.putAll(sets);
            copy.slots.putAll(slots);
            copy.lives.addAll(lives);
            return copy;
        }

        void apply(SocketChange change) {
            switch (change) {
                case SocketChange.PutLive(Live live) -> lives.add(live);
                case SocketChange.PutSlot(Slot slot, SocketEndpoint endpoint) ->
                        slots.put(slot, endpoint);
                case SocketChange.PutSet(long set, Balance balance) -> sets.put(set, balance);
                case SocketChange.PutFrontend(SocketFrontend frontend, long set) ->
                        frontends.put(frontend, set);
                case SocketChange.DropFrontend(SocketFrontend frontend) ->
                        frontends.remove(frontend);
                case SocketChange.DropSet(long set) -> sets.remove(set);
                case SocketChange.DropSlot(Slot slot) -> slots.remove(slot);
                case SocketChange.DropLive(Live live) -> lives.remove(live);
                case SocketChange.ForgetClients(long _) -> {
                    // Programs write that memory, not this process.
                }
            }
        }

        boolean holds(SocketContents contents) {
            return contents.frontends().size() == frontends.size()
                    && contents.sets().size() == sets.size()
                    && contents.slots().size() == slots.size()
                    && contents.lives().size() == lives.size()
                    && frontends.entrySet().stream()
                            .allMatch(it ->
                                    it.getValue().equals(contents.frontends().get(it.getKey())))
                    && slots.entrySet().stream()
                            .allMatch(
                                    it -> it.getValue().equals(contents.slots().get(it.getKey())));
        }
    }
}
