package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.nftables.Change;
import io.fairlead.nftables.InMemoryKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.EndpointSet.Selection;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
    private final ServiceProxy proxy =
            new ServiceProxy(
                    "node-1",
                    TestCluster.SETTINGS,
                    Selection.RANDOM,
                    kernel,
                    flows,
                    InstantSource.system(),
                    timer);

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
        assertThat(kernel.read(TABLE)).contains(rules());

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

        assertThat(kernel.read(TABLE)).contains(rules());
        assertThat(flows.forgotten).hasSize(1);
    }

    @Test
    void noticesAForeignChangeThatNoDeltaWouldMeet() {
        cluster.service("dns", "10.96.0.53").endpoints("dns", "10.244.1.3");
        program();
        Change flush = new Change.FlushChain("from_inside");
        kernel.commit(new Transaction(TABLE, List.of(flush)));
        cluster.service("web", "10.96.0.41");
        program();

        assertThat(kernel.read(TABLE)).contains(rules());
    }

    private Ruleset rules() {
        return proxy.programmed().orElseThrow().rules().ruleset();
    }

    private void program() {
        proxy.accept(cluster.snapshot(), cluster.delta());
    }
}
