package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.OpenConnections;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketCounters.Counts;
import io.fairlead.proxy.SocketCounters.OfSet;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The second writer of a node: makes the sockets of its processes connect to endpoints at once, where the table leaves nothing to judge per
/// packet. Whatever it cannot do is done by the rules, so its failures cost speed and never a connection.
///
/// Maps, programs and links have files under `pins`, in a directory named after the layout of the maps; a later process takes them up, with
/// the affinity of clients and the counts in them.
///
/// Safe for use by many threads.
public final class SocketWriter implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SocketWriter.class.getName());
    private static final int LISTINGS_MAX = 3;
    private static final String LAYOUT = "v" + SocketLayout.VERSION;

    private final Settings settings;
    private final IntSupplier lives;
    private @Nullable SocketMaps maps;
    private @Nullable SocketHooks hooks;
    private @Nullable ServiceTable table;
    private SocketRules rules;
    private final Map<ObjectName, EndpointCounts> ended = new HashMap<>();
    private volatile State state = new State.Inactive("it has not begun yet");

    /// @param pins a directory in a BPF file system, of this node alone
    /// @param group the directory of the node's control group in the unified hierarchy
    /// @param own addresses of the node at which its node ports answer its own pods
    public record Settings(Path pins, Path group, Set<IpAddress> own) {
        public Settings {
            own = Set.copyOf(own);
        }
    }

    /// Whether sockets are led to endpoints.
    public sealed interface State {
        record Active() implements State {}

        /// @param reason as a sentence without a full stop
        record Inactive(String reason) implements State {}
    }

    /// @param random for numbers that must not come again soon
    public SocketWriter(Settings settings, RandomGenerator random) {
        this.settings = settings;
        this.lives = random::nextInt;
        rules = SocketRules.empty(settings.own());
    }

    public State state() {
        return state;
    }

    /// The directory of the files of links and maps; there once this has begun.
    public Path files() {
        return settings.pins().resolve(LAYOUT);
    }

    public boolean isActive() {
        return state instanceof State.Active;
    }

    /// Attaches the programs, to the maps as an earlier process left them, or to empty ones: until a table comes, sockets are led where they
    /// were led before.
    ///
    /// @return whether it is active now
    public synchronized boolean start() {
        try {
            open();
            state = new State.Active();
        } catch (LinuxException | UncheckedIOException | IllegalStateException e) {
            fail(e);
        }
        return isActive();
    }

    private void open() {
        Path pins = files();
        removeOtherLayouts();
        try {
            Files.createDirectories(pins);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SocketMaps opened = new SocketMaps(pins);
        maps = opened;
        SocketHooks attaching = new SocketHooks(pins, settings.group());
        hooks = attaching;
        attaching.attach(opened);
    }

    /// Programs of another layout would look into maps that nobody writes any more.
    private void removeOtherLayouts() {
        if (!Files.isDirectory(settings.pins())) {
            return;
        }
        try (var directories = Files.newDirectoryStream(settings.pins())) {
            for (Path directory : directories) {
                if (!directory.endsWith(LAYOUT)) {
                    deletePins(directory);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deletePins(Path directory) throws IOException {
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /// Brings the maps to the next table.
    ///
    /// @param delta how it differs from the one before
    public synchronized void accept(ServiceTable next, ServiceTableDelta delta) {
        boolean isFirst = table == null;
        table = next;
        SocketMaps open = maps;
        if (open == null) {
            return;
        }
        if (isFirst || !isActive()) {
            repair();
            return;
        }
        SocketRules before = rules;
        rules = before.apply(next, delta, lives);
        try {
            keep(open.commit(before.contents().changesTo(rules.contents())), before);
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, "{0}; reading the maps to start over", e.getMessage());
            repair();
        }
    }

    /// Keeps what sets had counted that are gone.
    private void keep(List<OfSet> counted, SocketRules before) {
        Map<Long, SetName> names = counted.isEmpty() ? Map.of() : names(before);
        for (OfSet each : counted) {
            SetName name = names.get(each.set());
            if (name != null) {
                ended.merge(name.service(), each.counts().asOfEndpoint(), EndpointCounts::and);
            }
        }
    }

    private static Map<Long, SetName> names(SocketRules rules) {
        Map<Long, SetName> names = new HashMap<>();
        rules.sets().values().forEach(set -> names.put(set.id(), set.name()));
        return names;
    }

    /// Whether programs are attached and all files are there: a quick look, without the maps' contents.
    ///
    /// @return also true where there is nothing to look at
    public synchronized boolean isInPlace() {
        SocketMaps open = maps;
        SocketHooks attached = hooks;
        if (open == null || attached == null || table == null) {
            return true;
        }
        try {
            return isActive() && attached.areAttached() && open.arePinned();
        } catch (LinuxException | IllegalStateException e) {
            LOG.log(Level.WARNING, "{0}; attaching again", e.getMessage());
            return false;
        }
    }

    /// Looks whether programs and maps are as they were left, and mends what is not.
    ///
    /// @return whether anything had to be mended
    public synchronized boolean check() {
        SocketMaps open = maps;
        if (open == null || table == null) {
            return false;
        }
        try {
            if (isInPlace() && isAsWritten(open)) {
                return false;
            }
        } catch (LinuxException | IllegalStateException e) {
            LOG.log(Level.WARNING, "{0}; attaching again", e.getMessage());
        }
        repair();
        return true;
    }

    private boolean isAsWritten(SocketMaps open) {
        return rules.contents().changesTo(open.read()).isEmpty();
    }

    /// Brings programs and maps to the table, from whatever is there.
    private void repair() {
        ServiceTable wanted = table;
        SocketMaps open = maps;
        SocketHooks attached = hooks;
        if (wanted == null || open == null || attached == null) {
            return;
        }
        try {
            if (!attached.areAttached()) {
                attached.attach(open);
            }
            open.pinAgain();
            SocketContents found = open.read();
            rules = SocketRules.of(wanted, settings.own(), slots(found), lives);
            open.commit(found.changesTo(rules.contents()));
            state = new State.Active();
        } catch (LinuxException | UncheckedIOException | IllegalStateException e) {
            fail(e);
            giveUp(open);
        }
    }

    /// What is in the maps of each set, by index, as far as it is without gaps and lives.
    private static Map<Long, List<SocketEndpoint>> slots(SocketContents found) {
        Map<Long, Map<Integer, SocketEndpoint>> byIndex = new HashMap<>();
        SocketContents.NONE
                .slots()
                .differencesTo(
                        found.slots(),
                        (slot, none, endpoint) -> {
                            if (endpoint != null
                                    && found.lives().contains(new Live(slot.set(), endpoint))) {
                                byIndex.computeIfAbsent(slot.set(), set -> new TreeMap<>())
                                        .put(slot.index(), endpoint);
                            }
                        });
        Map<Long, List<SocketEndpoint>> slots = new HashMap<>();
        byIndex.forEach((set, endpoints) -> slots.put(set, List.copyOf(endpoints.values())));
        return slots;
    }

    private void fail(RuntimeException e) {
        state = new State.Inactive(String.valueOf(e.getMessage()));
        LOG.log(Level.WARNING, "rules alone serve this node: {0}", e.getMessage());
    }

    private static void giveUp(SocketMaps open) {
        try {
            open.clearFrontends();
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, "old endpoints stay in the maps: {0}", e.getMessage());
        }
    }

    /// What the programs have counted by now, without the bytes of connections that are open.
    public SocketCounters counters() {
        return counters(List.of());
    }

    /// As above, with the bytes of connections that are open.
    ///
    /// @param namespaces the files of the network namespaces in which the node's processes are
    public SocketCounters counters(List<Path> namespaces) {
        SocketTally tally = tally();
        for (int attempt = 0; attempt < LISTINGS_MAX && !namespaces.isEmpty(); attempt++) {
            Map<Live, Counts> carried = carried(namespaces);
            SocketTally after = tally();
            // A connection that ended in between may be in both.
            if (after.bytes().equals(tally.bytes())) {
                return after.counters(carried);
            }
            tally = after;
        }
        return tally.counters(Map.of());
    }

    private synchronized SocketTally tally() {
        SocketMaps open = maps;
        return open == null || table == null
                ? SocketTally.NONE
                : new SocketTally(
                        names(rules), open.countedByEndpoint(), open.countedBySet(), ended);
    }

    /// Takes its time, so the maps stay open to the writer.
    private Map<Live, Counts> carried(List<Path> namespaces) {
        Map<Live, Counts> carried = new HashMap<>();
        for (Path file : namespaces) {
            try (NetworkNamespace namespace = NetworkNamespace.open(file)) {
                for (OpenConnections.Connection each : connections(namespace)) {
                    carried.merge(
                            SocketLayout.liveOf(each.storage()),
                            new Counts(0, 0, each.acknowledgedBytes(), each.receivedBytes()),
                            Counts::and);
                }
            } catch (LinuxException e) {
                // Its pod has just gone.
                LOG.log(Level.DEBUG, "{0}", e.getMessage());
            }
        }
        return carried;
    }

    private synchronized List<OpenConnections.Connection> connections(NetworkNamespace namespace) {
        return maps == null ? List.of() : OpenConnections.list(namespace, maps.sockets);
    }

    /// Whether connections of the node's processes are led to a set.
    public synchronized boolean leadsTo(SetName set) {
        return isActive() && rules.sets().contains(set);
    }

    /// Takes programs and maps off the node; rules alone serve from now on.
    public synchronized void remove() {
        if (hooks != null) {
            hooks.detach();
        }
        close();
        try {
            if (Files.isDirectory(files())) {
                deletePins(files());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Lets go; what is attached stays so.
    @Override
    public synchronized void close() {
        state = new State.Inactive("it was closed");
        if (hooks != null) {
            hooks.close();
            hooks = null;
        }
        if (maps != null) {
            maps.close();
            maps = null;
        }
    }

    /// What the maps are meant to hold, for tests.
    synchronized Optional<SocketContents> contents() {
        return table == null ? Optional.empty() : Optional.of(rules.contents());
    }
}
