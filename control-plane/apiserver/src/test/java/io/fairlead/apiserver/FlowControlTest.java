package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowControlTest {
    private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1/";
    private static final RequestLimits FEW =
            new RequestLimits(6, 4, RequestLimits.Sharing.FAIR, Duration.ofSeconds(8), 1000);

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;
    private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(folder);
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        tasks.shutdownNow();
        server.close();
    }

    @Test
    void givesEachFlowItsTurnWhenOneFloods() throws Exception {
        level("small", 1, 32, 8);
        schema("small", 50, "flood", "calm");
        FlowControl flows = flows();
        List<CompletableFuture<FlowControl.Ticket>> flood = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            flood.add(ask(flows, "flood"));
        }
        await(() -> waiting(flows, "small") > 10);

        CompletableFuture<FlowControl.Ticket> calm = ask(flows, "calm");
        int served = 0;
        while (!calm.isDone() && served < 40) {
            await(() -> calm.isDone() || count(flood) > 0);
            for (int i = 0; i < flood.size(); i++) {
                if (flood.get(i).isDone() && flood.get(i).join().isAdmitted()) {
                    flood.remove(i).join().close();
                    served++;
                    break;
                }
            }
        }

        assertThat(calm.join().isAdmitted()).isTrue();
        assertThat(served).isLessThan(20);
    }

    @Test
    void refusesWhatNoQueueHasRoomFor() throws Exception {
        level("small", 1, 1, 1);
        schema("small", 2, "flood");
        FlowControl flows = flows();
        List<CompletableFuture<FlowControl.Ticket>> asked = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            asked.add(ask(flows, "flood"));
        }
        await(() -> asked.stream().anyMatch(one -> one.isDone() && !one.join().isAdmitted()));

        assertThat(flows.metrics())
                .contains("reason=\"queue-full\"")
                .contains("apiserver_flowcontrol_nominal_limit_seats{priority_level=\"small\"}");
    }

    @Test
    void lendsSeatsButKeepsWhatIsGuaranteed() throws Exception {
        FlowControl flows = flows();
        List<FlowControl.Ticket> taken = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            CompletableFuture<FlowControl.Ticket> one = ask(flows, "anybody");
            if (awaitedSoon(one)) {
                taken.add(one.join());
            }
        }

        // Whoever rules is never held up.
        assertThat(flows.admit(get(User.of("admin", User.MASTERS))).isAdmitted()).isTrue();
        // Nodes have seats of their own, whatever others took.
        assertThat(awaitedSoon(askAs(flows, User.of("system:node:a", "system:nodes")))).isTrue();
        assertThat(taken).hasSizeBetween(1, 9);
    }

    @Test
    void forgetsWhoGaveUpWaiting() throws Exception {
        level("small", 1, 1, 50);
        schema("small", 2, "flood");
        FlowControl flows =
                new FlowControl(
                        () -> server.store().snapshot(),
                        () -> server.store().snapshot().revision(),
                        new RequestLimits(
                                1, 1, RequestLimits.Sharing.FAIR, Duration.ofMillis(400), 10),
                        System::nanoTime);
        List<CompletableFuture<FlowControl.Ticket>> asked = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            asked.add(ask(flows, "flood"));
        }
        for (CompletableFuture<FlowControl.Ticket> one : asked) {
            one.get(10, TimeUnit.SECONDS);
        }

        assertThat(asked).anyMatch(one -> !one.join().isAdmitted());
        assertThat(waiting(flows, "small")).isZero();
        assertThat(flows.metrics()).contains("reason=\"time-out\"");
    }

    @Test
    void countsWithoutFairness() {
        FlowControl flows =
                new FlowControl(
                        () -> server.store().snapshot(),
                        () -> server.store().snapshot().revision(),
                        new RequestLimits(
                                1, 1, RequestLimits.Sharing.FIRST_COME, Duration.ofSeconds(1), 10),
                        System::nanoTime);
        FlowControl.Ticket first = flows.admit(get(User.of("jane")));

        assertThat(flows.admit(get(User.of("jane"))).isAdmitted()).isFalse();
        assertThat(flows.admit(get(User.of("root", User.MASTERS))).isAdmitted()).isTrue();
        first.close();
    }

    @Test
    void saysWhetherALevelExistsAndBringsOwnOnesBack() throws Exception {
        schema("nowhere", 7, "x");
        await(() -> dangling("nowhere-schema").equals("True"));
        level("nowhere", 1, 1, 1);
        await(() -> dangling("nowhere-schema").equals("False"));
        await(() -> dangling("catch-all").equals("False"));

        admin.send(ApiRequest.delete(GROUP + "flowschemas/catch-all"));
        await(() -> dangling("catch-all").equals("False"));
    }

    private String dangling(String name) {
        try {
            return admin
                    .send(ApiRequest.get(GROUP + "flowschemas/" + name))
                    .list("status", "conditions")
                    .stream()
                    .findFirst()
                    .map(condition -> condition.text("status"))
                    .orElse("");
        } catch (io.fairlead.api.ApiException e) {
            return "";
        }
    }

    private FlowControl flows() {
        return new FlowControl(
                () -> server.store().snapshot(),
                () -> server.store().snapshot().revision(),
                FEW,
                System::nanoTime);
    }

    private static long count(List<CompletableFuture<FlowControl.Ticket>> tickets) {
        return tickets.stream().filter(one -> one.isDone() && one.join().isAdmitted()).count();
    }

    private static boolean awaitedSoon(CompletableFuture<FlowControl.Ticket> ticket) {
        try {
            return ticket.get(300, TimeUnit.MILLISECONDS).isAdmitted();
        } catch (Exception e) {
            return false;
        }
    }

    private static int waiting(FlowControl flows, String level) {
        String begin = "apiserver_flowcontrol_current_inqueue_requests{priority_level=\"" + level;
        return flows.metrics()
                .lines()
                .filter(line -> line.startsWith(begin))
                .mapToInt(line -> Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private CompletableFuture<FlowControl.Ticket> ask(FlowControl flows, String user) {
        return askAs(flows, User.of(user));
    }

    private CompletableFuture<FlowControl.Ticket> askAs(FlowControl flows, User user) {
        return CompletableFuture.supplyAsync(() -> flows.admit(get(user)), tasks);
    }

    private static AccessRequest get(User user) {
        return new AccessRequest.ToResource(user, "get", "", "v1", "configmaps", "default", "a");
    }

    private void level(String name, int shares, int queues, int length) {
        admin.send(
                ApiRequest.post(
                        GROUP + "prioritylevelconfigurations",
                        yaml(
                                """
                                metadata: {name: %s}
                                spec:
                                  type: Limited
                                  limited:
                                    nominalConcurrencyShares: %d
                                    borrowingLimitPercent: 0
                                    limitResponse:
                                      type: Queue
                                      queuing: {queues: %d, handSize: %d, queueLengthLimit: %d}
                                """
                                        .formatted(
                                                name,
                                                shares,
                                                queues,
                                                queues > 1 ? 2 : 1,
                                                length))));
    }

    private void schema(String level, int precedence, String... users) {
        StringBuilder subjects = new StringBuilder();
        for (String user : users) {
            subjects.append("{kind: User, user: {name: ").append(user).append("}}, ");
        }
        admin.send(
                ApiRequest.post(
                        GROUP + "flowschemas",
                        yaml(
                                """
                                metadata: {name: %s-schema}
                                spec:
                                  matchingPrecedence: %d
                                  priorityLevelConfiguration: {name: %s}
                                  distinguisherMethod: {type: ByUser}
                                  rules:
                                  - subjects: [%s]
                                    resourceRules:
                                    - verbs: ["*"]
                                      apiGroups: ["*"]
                                      resources: ["*"]
                                      namespaces: ["*"]
                                      clusterScope: true
                                """
                                        .formatted(level, precedence, level, subjects))));
    }

    private static void await(java.util.function.BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static JsonObject yaml(String text) {
        return (JsonObject) YamlReader.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
