package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.BpfFeatures;
import io.fairlead.linux.BpfFileSystem;
import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.Errno;
import io.fairlead.linux.LinkAddress;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Mounts;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.proxy.SocketWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// Where a proxy alone attaches its socket programs: at the control group of its node's pods. Their files are in the machine's own BPF file system where
/// there is one, so that they go on while the proxy is replaced:
///
///     /sys/fs/bpf/fairlead-proxy/NODE/v1/
final class PodSockets implements SocketPlane.Place {
    private static final Path USUAL_FILES = Path.of("/sys/fs/bpf");
    private static final Path OWN_FILES = Path.of("/run/fairlead/bpf");
    private static final String FOLDER = "fairlead-proxy";

    /// Where kubelets put pods, by their cgroup drivers, and inside of machines that are containers themselves.
    private static final List<String> USUAL_GROUPS =
            List.of(
                    "kubepods.slice",
                    "kubepods",
                    "kubelet.slice/kubelet-kubepods.slice",
                    "kubelet/kubepods");

    private final String nodeName;
    private final SocketGroup wanted;
    private final NetworkNamespace namespace;

    /// @param nodeName whose programs they are; several nodes may share a machine
    PodSockets(String nodeName, SocketGroup wanted, NetworkNamespace namespace) {
        this.nodeName = nodeName;
        this.wanted = wanted;
        this.namespace = namespace;
    }

    /// @throws LinuxException when there is no such control group
    @Override
    public SocketWriter.Settings prepare(ControlGroups groups) {
        Path root = BpfFeatures.controlGroupRoot(groups).orElseThrow();
        Path group =
                switch (wanted) {
                    case SocketGroup.Found() ->
                            USUAL_GROUPS.stream()
                                    .map(root::resolve)
                                    .filter(Files::isDirectory)
                                    .findFirst()
                                    .orElseThrow(() ->
                                            LinuxException.of(
                                                    "find the control group of pods below",
                                                    root.toString(),
                                                    Errno.ENOENT));
                    case SocketGroup.Given(Path path) -> given(root.resolve(path));
                    case SocketGroup.None() ->
                            throw new IllegalStateException("nothing is to be attached");
                };
        BpfFileSystem.ensure(files());
        return new SocketWriter.Settings(pins(nodeName), group, localAddresses());
    }

    private static Path given(Path group) {
        if (Files.isDirectory(group)) {
            return group;
        }
        throw LinuxException.of("find control group", group.toString(), Errno.ENOENT);
    }

    /// Where node ports answer. What the node gets later is served by rules.
    private Set<IpAddress> localAddresses() {
        try (NetworkStack stack = NetworkStack.open(namespace)) {
            return stack.addresses().list().stream()
                    .map(LinkAddress::address)
                    .map(it -> it.address())
                    .filter(PodSockets::isForOthers)
                    .map(IpAddress::of)
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    private static boolean isForOthers(InetAddress address) {
        return !address.isLoopbackAddress() && !address.isLinkLocalAddress();
    }

    /// Takes off what an earlier proxy of this node attached.
    static void remove(String nodeName, RandomGenerator random) {
        Path pins = pins(nodeName);
        if (Files.isDirectory(pins)) {
            new SocketWriter(new SocketWriter.Settings(pins, pins, Set.of()), random).remove();
            try {
                Files.deleteIfExists(pins);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The nodes of which there are programs on this machine, by the names of their folders.
    static List<String> attached() {
        String[] nodes = files().resolve(FOLDER).toFile().list();
        return nodes == null ? List.of() : Arrays.stream(nodes).sorted().toList();
    }

    /// Takes the file system off that was mounted for programs, where there are none any more.
    static void removeFiles() {
        if (Files.isDirectory(OWN_FILES) && attached().isEmpty()) {
            BpfFileSystem.remove(OWN_FILES);
        }
    }

    private static Path pins(String nodeName) {
        // A BPF file system takes no names with dots.
        return files().resolve(FOLDER).resolve(nodeName.replace('.', '_'));
    }

    private static Path files() {
        Optional<Path> usual =
                Mounts.list().stream()
                        .filter(mount -> mount.type().equals("bpf"))
                        .map(mount -> mount.point())
                        .filter(USUAL_FILES::equals)
                        .findFirst();
        return usual.orElse(OWN_FILES);
    }
}
