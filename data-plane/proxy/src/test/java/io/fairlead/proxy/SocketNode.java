package io.fairlead.proxy;

import io.fairlead.linux.BpfFeatures;
import io.fairlead.linux.BpfFileSystem;
import io.fairlead.linux.ControlGroups;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/// A control group for a node's processes and a file system for its pins, both gone when the test is over.
final class SocketNode implements AutoCloseable {
    private final Path group;
    private final Path pins;

    SocketNode(Path directory) {
        Requirement.rootAnd("nsenter", "python3");
        ControlGroups groups = ControlGroups.detect();
        Optional<String> obstacle = BpfFeatures.obstacle(groups);
        Requirement.require(obstacle.isEmpty(), obstacle.orElse(""));
        group =
                BpfFeatures.controlGroupRoot(groups)
                        .orElseThrow()
                        .resolve("fl-sock-" + UUID.randomUUID());
        pins = directory.resolve("bpf");
        BpfFileSystem.ensure(pins);
        create(group);
        create(podGroup());
    }

    private static void create(Path directory) {
        try {
            Files.createDirectory(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path group() {
        return group;
    }

    Path podGroup() {
        return group.resolve("pod");
    }

    Path pins() {
        return pins;
    }

    @Override
    public void close() {
        BpfFileSystem.remove(pins);
        Command.run("rmdir", podGroup().toString(), group.toString());
    }
}
