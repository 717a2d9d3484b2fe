package io.fairlead.proxy;

import io.fairlead.linux.BpfHook;
import io.fairlead.linux.BpfLink;
import io.fairlead.linux.BpfProgram;
import io.fairlead.linux.Errno;
import io.fairlead.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The socket programs at a node's control group. Each is held by a link, and each link by a file, so that programs go on when this process
/// ends; the next one puts its own programs in their place, and no connection meets neither.
///
/// Owned by one thread.
final class SocketHooks implements AutoCloseable {
    private final Path pins;
    private final Path group;
    private final Map<BpfHook, BpfLink> links = new EnumMap<>(BpfHook.class);

    /// @param pins the directory of the links' files, in a BPF file system
    /// @param group the directory of the node's control group in the unified hierarchy
    SocketHooks(Path pins, Path group) {
        this.pins = pins;
        this.group = group;
    }

    /// Puts the programs in their places, over whatever is there.
    ///
    /// @throws io.fairlead.linux.BpfException with the verifier's reasons when a program is not taken
    void attach(SocketMaps maps) {
        for (BpfHook hook : BpfHook.values()) {
            try (BpfProgram program =
                    BpfProgram.load(name(hook), hook, SocketPrograms.of(hook, maps))) {
                put(hook, program);
            }
        }
    }

    private void put(BpfHook hook, BpfProgram program) {
        Path file = pins.resolve(name(hook));
        BpfLink known = links.remove(hook);
        if (known != null) {
            known.close();
        }
        Optional<BpfLink> found = BpfLink.find(file);
        if (found.isPresent() && found.get().state().isAttachedTo(group)) {
            found.get().replace(program);
            links.put(hook, found.get());
            return;
        }
        found.ifPresent(BpfLink::close);
        delete(file);
        BpfLink made = BpfLink.attach(program, hook, group);
        links.put(hook, made);
        made.pin(file);
    }

    /// Whether every program still is where it was put, and its link's file too.
    boolean areAttached() {
        if (links.size() < BpfHook.values().length) {
            return false;
        }
        return links.entrySet().stream()
                .allMatch(link ->
                        Files.exists(pins.resolve(name(link.getKey())))
                                && link.getValue().state().isAttachedTo(group));
    }

    /// Takes the programs away for good.
    void detach() {
        for (BpfHook hook : BpfHook.values()) {
            try (BpfLink link = links.remove(hook)) {
                delete(pins.resolve(name(hook)));
                if (link != null) {
                    link.detach();
                }
            } catch (LinuxException e) {
                if (!e.errno().equals(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
    }

    private static String name(BpfHook hook) {
        return "fl_" + hook.name().toLowerCase(Locale.ROOT);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Lets go of the links; their files hold them.
    @Override
    public void close() {
        links.values().forEach(BpfLink::close);
        links.clear();
    }
}
