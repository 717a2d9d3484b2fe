package io.fairlead.cli;

import io.fairlead.cluster.Arrivals;
import io.fairlead.cluster.Arrivals.Answer;
import io.fairlead.cluster.Arrivals.Outcome;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Holder;
import io.fairlead.tables.ServiceStates;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fairlead wait svc/web`: returns when every node and every DNS server has a Service's current state.
@Command(
        name = "wait",
        description =
                "wait until every node's proxy and every DNS server have the current state of"
                        + " Services, their endpoints included")
final class WaitCommand implements Callable<Integer> {
    private static final List<String> KINDS = List.of("svc", "service", "services");
    private static final int BEHIND_SHOWN = 5;

    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Parameters(
            arity = "0..*",
            paramLabel = "svc/NAME",
            description = "the Services; with --all every one")
    List<String> services = List.of();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "where the Services are (default: default; with --all: everywhere)")
    String namespace = "";

    @Option(names = "--all", description = "every Service")
    boolean isAll;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationWord.class,
            description = "how long to wait, such as 500ms, 30s or 2m; 0 asks once (default: 30s)")
    Duration timeout = Duration.ofSeconds(30);

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "another cluster, whose nodes run \"fairlead proxy\"")
    @Nullable Path kubeconfig;

    @Override
    public Integer call() {
        if (isAll == !services.isEmpty()) {
            throw new ClusterException(
                    "say which Services to wait for: fairlead wait svc/NAME..., or --all.");
        }
        Path file = kubeconfig;
        if (file != null) {
            try (Arrivals arrivals = Arrivals.of(ClusterChoice.readKubeconfig(file))) {
                return await(arrivals);
            }
        }
        ClusterFolders folders = cluster.running();
        ClusterSettings settings = folders.settings().orElse(ClusterSettings.DEFAULTS);
        try (ClusterAccess access = ClusterAccess.open(folders);
                Arrivals arrivals = Arrivals.of(folders, settings, access.client().transport())) {
            return await(arrivals);
        }
    }

    private int await(Arrivals arrivals) {
        String where = namespace.isEmpty() ? "default" : namespace;
        ServiceStates states = isAll ? arrivals.states(namespace) : arrivals.states(where, names());
        List<Answer> answers = arrivals.ask(states, timeout);
        if (answers.isEmpty()) {
            throw new ClusterException(
                    "nobody can be asked: the cluster has no nodes with a proxy and no DNS server.");
        }
        List<Answer> missing = answers.stream().filter(answer -> !answer.isArrived()).toList();
        if (missing.isEmpty()) {
            System.out.printf(
                    "%s: %s%n",
                    isAll
                            ? states.services().size() + " Services"
                            : String.join(
                                    ", ", names().stream().map(it -> "service/" + it).toList()),
                    held(answers));
            return 0;
        }
        missing.forEach(answer -> System.out.println(sentence(answer)));
        return 1;
    }

    private static String held(List<Answer> answers) {
        List<String> parts = new ArrayList<>();
        for (Holder.Kind kind : Holder.Kind.values()) {
            long count = answers.stream().filter(answer -> answer.holder().kind() == kind).count();
            String noun = kind == Holder.Kind.PROXY ? "proxy" : "DNS server";
            String nouns = kind == Holder.Kind.PROXY ? "proxies" : "DNS servers";
            if (count > 0) {
                parts.add(count == 1 ? "1 " + noun : count + " " + nouns);
            }
        }
        return "current at " + String.join(" and ", parts);
    }

    private static String sentence(Answer answer) {
        return switch (answer.outcome()) {
            case Outcome.Arrived _ -> "the %s is current.".formatted(answer.holder());
            case Outcome.Behind behind ->
                    "the %s is behind: %s%s."
                            .formatted(
                                    answer.holder(),
                                    shown(behind.services()),
                                    behind.lastUpdated().isEmpty()
                                            ? "; it has brought nothing into effect yet"
                                            : "; last updated " + behind.lastUpdated());
            case Outcome.Silent silent ->
                    "the %s does not answer at %s port %d: %s."
                            .formatted(
                                    answer.holder(),
                                    answer.holder().address(),
                                    Holder.PORT,
                                    silent.why());
        };
    }

    private static String shown(List<String> services) {
        String some =
                String.join(", ", services.subList(0, Math.min(BEHIND_SHOWN, services.size())));
        return services.size() > BEHIND_SHOWN
                ? some + " and " + (services.size() - BEHIND_SHOWN) + " more"
                : some;
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (String word : services) {
            String[] parts = word.split("/", 2);
            if (parts.length == 2 && !KINDS.contains(parts[0])) {
                throw new ClusterException(
                        "%s is no Service: say svc/NAME, and the namespace with -n."
                                .formatted(word));
            }
            names.add(parts[parts.length - 1]);
        }
        return names;
    }
}
