package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.BpfFeatures;
import io.fairlead.linux.BpfFileSystem;
import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.LinuxException;
import io.fairlead.node.NodeSettings;
import io.fairlead.node.PodTraffic;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.proxy.SocketWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The socket programs of one node: attached at its control group, told of each table, looked after, and the reason why pods may pass
/// connection tracking by. Where the machine does not offer them the rules alone serve.
///
/// A node of this cluster has its files here; the proxy alone says where its own are:
///
///     run/bpf/NODE/v1/   programs' links and maps, in a BPF file system
///     run/sockets/NODE   `active`, or why not
final class SocketPlane implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(400);

    /// Reading all maps may take this share of the time, and no more.
    private static final int PAUSES_PER_CHECK = 50;

    private static final String ACTIVE = "active";

    private final ServiceProxy proxy;
    private final Optional<SocketWriter> writer;
    private final String obstacle;
    private final Consumer<SocketWriter.State> report;
    private final Execution execution;
    private final Executor thread;
    private Optional<DeletedFiles> deletions = Optional.empty();
    private volatile boolean isClosed;

    /// When the maps are to be read again. Only the looking thread's.
    private long nextRead = System.nanoTime();

    private SocketPlane(
            ServiceProxy proxy,
            Optional<SocketWriter> writer,
            String obstacle,
            Consumer<SocketWriter.State> report,
            Execution execution,
            Executor thread) {
        this.proxy = proxy;
        this.writer = writer;
        this.obstacle = obstacle;
        this.report = report;
        this.execution = execution;
        this.thread = thread;
    }

    /// Where the programs go.
    interface Place {
        /// Makes it ready to attach programs to.
        ///
        /// @throws LinuxException or an [IOException] when there is none
        SocketWriter.Settings prepare(ControlGroups groups) throws IOException;

        /// The files of the network namespaces in which processes are led, as far as anybody knows them.
        default List<Path> namespaces() {
            return List.of();
        }
    }

    private record OfNode(NodeSettings node, Set<IpAddress> own) implements Place {
        @Override
        public SocketWriter.Settings prepare(ControlGroups groups) {
            groups.create(node.cgroup());
            Path pins = pins(node.runDirectory());
            BpfFileSystem.ensure(pins);
            return new SocketWriter.Settings(
                    pins.resolve(node.name()),
                    BpfFeatures.controlGroupRoot(groups).orElseThrow().resolve(node.cgroup()),
                    own);
        }

        @Override
        public List<Path> namespaces() {
            return node.containerNamespaces();
        }
    }

    /// As [#start], at the control group of a node of this cluster, which is made.
    ///
    /// @param own the node's addresses at which its node ports answer
    static SocketPlane ofNode(
            ServiceProxy proxy,
            NodeSettings node,
            Set<IpAddress> own,
            Execution execution,
            Executor thread) {
        Path report = reports(node.runDirectory()).resolve(node.name());
        return start(
                proxy, new OfNode(node, own), state -> write(report, state), execution, thread);
    }

    /// Attaches the programs before the proxy hears of any Service, and so before any pod starts.
    ///
    /// @param report told how it stands, first and whenever that may have changed
    /// @param thread looks after them
    static SocketPlane start(
            ServiceProxy proxy,
            Place place,
            Consumer<SocketWriter.State> report,
            Execution execution,
            Executor thread) {
        Optional<String> obstacle = Optional.empty();
        Optional<SocketWriter> writer = Optional.empty();
        try {
            ControlGroups groups = ControlGroups.detect();
            obstacle = BpfFeatures.obstacle(groups);
            if (obstacle.isEmpty()) {
                writer = Optional.of(new SocketWriter(place.prepare(groups), execution.random()));
            }
        } catch (LinuxException | UncheckedIOException | IOException e) {
            obstacle = Optional.of(String.valueOf(e.getMessage()));
        }
        SocketPlane plane =
                new SocketPlane(proxy, writer, obstacle.orElse(""), report, execution, thread);
        writer.ifPresent(it -> {
            it.start();
            proxy.alsoWrite(it::accept);
            proxy.alsoCount(() -> it.counters(place.namespaces()).byService(), it::leadsTo);
        });
        plane.report();
        plane.listen();
        plane.lookAgain(PAUSE);
        return plane;
    }

    /// Nothing but the reason why rules alone serve.
    static SocketPlane none(
            ServiceProxy proxy, String reason, Execution execution, Executor thread) {
        return new SocketPlane(proxy, Optional.empty(), reason, ignored -> {}, execution, thread);
    }

    /// Makes members of pods as long as their sockets are led.
    PodTraffic traffic() {
        return new PodTraffic() {
            @Override
            public void joins(Collection<IpAddress> pod) {
                if (isActive()) {
                    pod.forEach(proxy::join);
                } else {
                    leaves(pod);
                }
            }

            @Override
            public void leaves(Collection<IpAddress> pod) {
                pod.forEach(proxy::leave);
            }
        };
    }

    boolean isActive() {
        return writer.filter(SocketWriter::isActive).isPresent();
    }

    private void lookAgain(Duration pause) {
        if (writer.isEmpty()) {
            return;
        }
        try {
            var _ =
                    execution
                            .timer()
                            .schedule(
                                    () -> thread.execute(this::look),
                                    pause.toMillis(),
                                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            isClosed = true;
        }
    }

    /// The kernel tells of deleted files, and of nothing else: not of a program that was detached, nor of an element that was deleted. So this looks,
    /// at the programs each time, and at the maps as often as their size allows.
    private void look() {
        mend();
        lookAgain(PAUSE);
    }

    private void mend() {
        if (isClosed) {
            return;
        }
        SocketWriter watched = writer.orElseThrow();
        long begin = System.nanoTime();
        if (begin - nextRead >= 0 || (isActive() && !watched.isInPlace())) {
            if (watched.check()) {
                report();
            }
            long now = System.nanoTime();
            nextRead = now + (now - begin) * PAUSES_PER_CHECK;
        }
        if (!isActive()) {
            proxy.dismissMembers();
        }
    }

    /// Hears at once of what the kernel does tell.
    private void listen() {
        writer.filter(SocketWriter::isActive)
                .ifPresent(it ->
                        deletions =
                                Optional.of(
                                        DeletedFiles.listen(
                                                it.files(),
                                                () -> thread.execute(this::mend),
                                                execution.threads())));
    }

    private void report() {
        report.accept(state());
    }

    SocketWriter.State state() {
        return writer.map(SocketWriter::state)
                .orElseGet(() -> new SocketWriter.State.Inactive(obstacle));
    }

    private static void write(Path report, SocketWriter.State state) {
        String text = state instanceof SocketWriter.State.Inactive(String why) ? why : ACTIVE;
        try {
            Files.createDirectories(report.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ClusterFolders.write(report, text.getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    }

    /// One line for each node that the programs do not serve, or one that they serve all.
    static List<String> describe(ClusterFolders folders, List<String> nodes) {
        List<String> idle = nodes.stream().filter(node -> !isActive(folders, node)).toList();
        if (idle.isEmpty()) {
            return List.of("Sockets: led to endpoints by eBPF on " + String.join(", ", nodes));
        }
        return idle.stream()
                .map(node -> "Sockets: nftables alone serves " + node + ": " + state(folders, node))
                .toList();
    }

    static boolean isActive(ClusterFolders folders, String node) {
        return state(folders, node).equals(ACTIVE);
    }

    private static String state(ClusterFolders folders, String node) {
        try {
            return Files.readString(reports(folders.run()).resolve(node));
        } catch (IOException e) {
            return "the node has not begun";
        }
    }

    /// Takes the programs of all nodes off the machine.
    static void remove(ClusterFolders folders) {
        BpfFileSystem.remove(pins(folders.run()));
    }

    private static Path pins(Path run) {
        return run.resolve("bpf");
    }

    private static Path reports(Path run) {
        return run.resolve("sockets");
    }

    /// Lets go of the programs, which go on.
    @Override
    public void close() {
        isClosed = true;
        deletions.ifPresent(Closing::quietly);
        writer.ifPresent(SocketWriter::close);
    }
}
