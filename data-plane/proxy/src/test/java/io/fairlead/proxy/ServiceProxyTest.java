package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpFamily;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.nftables.Change;
import io.fairlead.nftables.InMemoryKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet.Selection;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What happens to the proxy when things around it fail.
class ServiceProxyTest {
    private static final TableName TABLE = new TableName(TableName.Family.IP, "fairlead");

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final TestCluster cluster = new TestCluster();
    private final InMemoryKernel kernel = new InMemoryKernel();
    private final FailingFlows flows = new FailingFlows();
    private final List<String> heard = new ArrayList<>();
    private final ServiceProxy proxy = proxy();

    private ServiceProxy proxy() {
        return new ServiceProxy(
                "node-1",
                List.of(TestCluster.SETTINGS),
                Selection.RANDOM,
                kernel,
                flows,
                InstantSource.system(),
                timer);
    }

    ServiceProxyTest() {
        // Nothing is tried again behind the tests' back.
        timer.shutdownNow();
        proxy.onProgrammed(() -> heard.add("programmed"));
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    /// Fails while it is told to, and remembers what it was asked to forget.
    private static final class FailingFlows implements TrackedFlows {
        private final List<Predicate<Flow>> forgotten = new ArrayList<>();
        private boolean isFailing;

        @Override
        public int delete(Predicate<Flow> which) {
            if (isFailing) {
                throw new IllegalStateException("no connection tracking today");
            }
            forgotten.add(which);
            return 0;
        }
    }

    @Test
    void tellsOfRulesThoughFlowsCannotBeForgotten() {
        cluster.service("dns", "10.96.0.53").endpoints("dns", "10.244.1.3");
        program();
        flows.forgotten.clear();
        flows.isFailing = true;
        cluster.endpoints("dns", "10.244.1.4");
        program();

        assertThat(heard).hasSize(2);
        assertThat(kernel.read(TABLE).orElseThrow().equals(rules())).isTrue();

        flows.isFailing = false;
        cluster.endpoints("dns", "10.244.1.5");
        program();
        assertThat(flows.forgotten).hasSize(1);
        StaleFlows both = (StaleFlows) flows.forgotten.getFirst();
        assertThat(both.vanished())
                .extracting(it -> it.address().getHostAddress())
                .containsExactlyInAnyOrder("10.244.1.3", "10.244.1.4");
    }

    @Test
    void forgetsFlowsAfterARepairToo() {
        cluster.service("dns", "10.96.0.53").endpoints("dns", "10.244.1.3");
        program();
        flows.forgotten.clear();
        kernel.commit(Transaction.deleteTable(TABLE));
        cluster.endpoints("dns", "10.244.1.4");
        program();

        assertThat(kernel.read(TABLE).orElseThrow().equals(rules())).isTrue();
        assertThat(flows.forgotten).hasSize(1);
    }

    @Test
    void mendsAForeignChangeWhenToldToLook() {
        cluster.service("dns", "10.96.0.53").endpoints("dns", "10.244.1.3");
        program();
        Change flush = new Change.FlushChain("from_inside");
        kernel.commit(new Transaction(TABLE, List.of(flush)));
        flows.forgotten.clear();
        proxy.recheck();

        assertThat(kernel.read(TABLE).orElseThrow().equals(rules())).isTrue();
        // Whoever sent while rules were missing was let through untranslated.
        assertThat(flows.forgotten).hasSize(1);
        proxy.recheck();
        assertThat(flows.forgotten).hasSize(1);
    }

    @Test
    void takesOverWhatAnEarlierProcessProgrammed() {
        cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", "10.244.1.3", "10.244.1.4")
                .service("dns", "10.96.0.53")
                .endpoints("dns", "10.244.1.5");
        program();
        cluster.endpoints("web", "10.244.1.4", "10.244.1.7");
        program();
        NodeRules before = rules(proxy);

        ServiceProxy next = proxy();
        next.accept(cluster.snapshot(), cluster.whole());
        NodeRules after = rules(next);

        assertThat(after.ruleset().equals(before.ruleset())).isTrue();
        assertThat(after.affinities()).isEqualTo(before.affinities());
        assertThat(after.nextSet()).isGreaterThan(before.nextSet());
        before.sets()
                .values()
                .forEach(set -> {
                    BalancedSet same = Objects.requireNonNull(after.sets().get(set.set().name()));
                    assertThat(same.id()).isEqualTo(set.id());
                    assertThat(same.slots()).isEqualTo(set.slots());
                    assertThat(same.numbers()).isEqualTo(set.numbers());
                });
    }

    @Test
    void growsASetThatIsFull() {
        cluster.service("web", "10.96.0.41");
        cluster.endpoints("web", "10.244.1.3");
        program();
        assertThat(rules().set(RulesetFrame.HAIRPIN).shape().size()).isEqualTo(4096);
        StringBuilder slice = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            slice.append(
                    "- {addresses: [10.%d.%d.%d], nodeName: node-1}%n"
                            .formatted(100 + i / 60000, i / 250, 1 + i % 250));
        }
        cluster.apply(
                """
                kind: EndpointSlice
                metadata: {name: web-2, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                ports: [{name: http, protocol: TCP, port: 8080}]
                endpoints:
                """
                        + slice);
        program();
        assertThat(rules().set(RulesetFrame.HAIRPIN).elements().size()).isEqualTo(5001);
        assertThat(kernel.read(TABLE).orElseThrow().equals(rules())).isTrue();
    }

    @Test
    void takesOverATableThatIsBehind() {
        cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", "10.244.1.3", "10.244.1.4", "10.244.1.5")
                .service("gone", "10.96.0.53")
                .endpoints("gone", "10.244.1.5");
        program();
        BalancedSet before = web(proxy);
        cluster.endpoints("web", "10.244.1.4", "10.244.1.9").deleteService("gone");
        cluster.service("new", "10.96.0.54").endpoints("new", "10.244.1.5");

        ServiceProxy next = proxy();
        next.accept(cluster.snapshot(), cluster.whole());

        NodeRules after = rules(next);
        assertThat(kernel.read(TABLE).orElseThrow().equals(after.ruleset())).isTrue();
        BalancedSet now = web(next);
        assertThat(now.id()).isEqualTo(before.id());
        Endpoint survivor = before.slots().get(1);
        assertThat(now.numbers().get(survivor)).isEqualTo(before.numbers().get(survivor));
        // A number that meant another endpoint is not met again.
        for (Endpoint endpoint : now.slots()) {
            if (!endpoint.equals(survivor)) {
                assertThat(now.numbers().get(endpoint)).isGreaterThan(3);
            }
        }
    }

    private static BalancedSet web(ServiceProxy proxy) {
        return rules(proxy).sets().values().stream()
                .filter(it -> it.set().name().toString().equals("default/web:http all"))
                .findFirst()
                .orElseThrow();
    }

    private static NodeRules rules(ServiceProxy proxy) {
        return Objects.requireNonNull(proxy.programmed().orElseThrow().rules().get(IpFamily.IPV4));
    }

    private Ruleset rules() {
        return rules(proxy).ruleset();
    }

    private void program() {
        proxy.accept(cluster.snapshot(), cluster.delta());
    }
}
