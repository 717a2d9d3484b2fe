package io.fairlead.cli;

import io.fairlead.client.Kubeconfig;
import io.fairlead.cluster.Cluster;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Removal;
import io.fairlead.cluster.ServingOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead up`: becomes the cluster's process, and lets the person's command return once the cluster is ready.
@Command(name = "up", description = "start the cluster; returns when it is ready")
final class UpCommand implements Callable<Integer> {
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);

    @Mixin ClusterChoice cluster = new ClusterChoice();
    @Mixin UpOptions options = new UpOptions();

    @ArgGroup(exclusive = false, heading = "%nThe API server, as kube-apiserver's options say:%n")
    ServingFlags serving = new ServingFlags();

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "merge the context into this file (default: $KUBECONFIG, else ~/.kube/config)")
    @Nullable Path kubeconfig;

    @Option(names = "--no-install", description = "install nothing; say what is missing")
    boolean isInstallRefused;

    @Override
    public Integer call() throws InterruptedException {
        long started = System.nanoTime();
        Console console = Console.open();
        try {
            ClusterFolders folders = cluster.folders();
            Optional<ClusterSettings> before = folders.settings();
            if (folders.process().isPresent()) {
                console.say(
                        "Cluster \"%s\" is running already (process %d)."
                                .formatted(folders.name(), folders.process().get().pid()));
                console.end(0);
                return 0;
            }
            ClusterSettings settings = options.settings(cluster.name, before);
            Caller caller = Caller.current();
            Path contextFile =
                    kubeconfig == null ? caller.kubeconfig() : ClusterChoice.absolute(kubeconfig);
            Kubeconfig.read(contextFile);
            ServingOptions served = serving.options(folders.serving());
            served.check();
            folders.create();
            folders.keep(served);
            logTo(folders.log());
            Cluster running = start(settings, folders, console);
            Kubeconfig.merge(contextFile, running.kubeconfig());
            caller.own(contextFile);
            farewell(console, settings, contextFile, Duration.ofNanos(System.nanoTime() - started));
            console.end(0);
            serve(running);
            return 0;
        } catch (RuntimeException e) {
            if (!(e instanceof ClusterException)) {
                e.printStackTrace(System.err);
            }
            console.say("fairlead: " + e.getMessage());
            console.end(1);
            return 1;
        }
    }

    private static Cluster start(
            ClusterSettings settings, ClusterFolders folders, Console console) {
        Cluster running = null;
        try {
            running = Cluster.start(settings, folders, console::say, console::progress);
            running.awaitReady(READY_WITHIN);
            return running;
        } catch (RuntimeException e) {
            // Nothing half-made stays behind.
            if (running != null) {
                running.close();
            }
            Removal.takeDown(folders);
            throw e;
        }
    }

    /// From now on standard error is the cluster's log: the launcher's end of it goes away with the launcher.
    private static void logTo(Path log) {
        try {
            System.setErr(
                    new PrintStream(
                            Files.newOutputStream(
                                    log, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                            true,
                            StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ClusterException(
                    "the log %s cannot be written: %s.".formatted(log, e.getMessage()), e);
        }
    }

    private static void farewell(
            Console console, ClusterSettings settings, Path contextFile, Duration took) {
        String selection =
                ClusterSettings.DEFAULT_NAME.equals(settings.name())
                        ? ""
                        : " --name " + settings.name();
        console.say(
                "Cluster \"%s\" is ready after %.1f s; kubectl context \"%s\" is in %s."
                        .formatted(
                                settings.name(),
                                took.toMillis() / 1000.0,
                                Cluster.contextName(settings.name()),
                                contextFile));
        if (settings.nodes() == 0) {
            console.say("It has no nodes: the API alone.");
        } else if (hasKubectl()) {
            console.say("Try:  kubectl apply -f examples/web");
            console.say("      kubectl get pods,svc,endpointslices -o wide");
            console.say("      kubectl exec deploy/client -- wget -qO- http://web");
        } else {
            console.say("Try:  ./fairlead demo" + selection);
            console.say(
                    "There is no kubectl here; https://kubernetes.io/docs/tasks/tools/ says how to"
                            + " get it.");
        }
        console.say("Stop it with:  ./fairlead down" + selection);
    }

    private static boolean hasKubectl() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Path.of(folder, "kubectl").toFile().canExecute());
    }

    /// Until the process is told to end. Containers outlive it.
    private static void serve(Cluster running) throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    running.close();
                                    over.countDown();
                                },
                                "shutdown"));
        over.await();
    }
}
