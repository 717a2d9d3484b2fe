package io.fairlead.linux;

import java.nio.file.Path;
import java.util.Optional;

/// Whether programs can be attached to control groups here.
public final class BpfFeatures {
    private BpfFeatures() {}

    /// Where the unified hierarchy of control groups is mounted, to which programs are attached; it may lie beside others.
    public static Optional<Path> controlGroupRoot(ControlGroups groups) {
        return groups.hierarchies().stream()
                .filter(ControlGroups.Hierarchy::isUnified)
                .map(ControlGroups.Hierarchy::root)
                .findFirst();
    }

    /// What stands in the way, as a sentence for people without a full stop; empty when nothing does. Tries what is needed: a map, storage
    /// in sockets, a program of each kind.
    public static Optional<String> obstacle(ControlGroups groups) {
        if (controlGroupRoot(groups).isEmpty()) {
            return Optional.of("there are no control groups of version 2 on this machine");
        }
        try (BpfMap _ = BpfMap.create(BpfMapShape.hash("fl_try", 8, 8, 1));
                BpfMap storage = BpfMap.create(BpfMapShape.socketStorage("fl_try_socket", 8))) {
            for (BpfHook hook : BpfHook.values()) {
                BpfAssembler code = new BpfAssembler().loadMap(BpfRegister.R2, storage).exit(1);
                BpfProgram.load("fl_try", hook, code).close();
            }
            return Optional.empty();
        } catch (BpfException e) {
            return Optional.of(
                    e.errno().equals(Errno.EPERM)
                            ? "this process may not use BPF (it needs CAP_BPF and CAP_NET_ADMIN)"
                            : "this kernel does not offer all of it: " + e.getMessage());
        }
    }
}
