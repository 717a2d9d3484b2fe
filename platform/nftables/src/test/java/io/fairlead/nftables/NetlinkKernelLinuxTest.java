package io.fairlead.nftables;

import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;

class NetlinkKernelLinuxTest extends KernelContract {
    private final Path namespace = Path.of("/run/netns/fl-nft-" + UUID.randomUUID());

    @Override
    Kernel open() {
        try (NetworkNamespace made = NetworkNamespace.create(namespace)) {
            return NetlinkKernel.of(made);
        } catch (LinuxException e) {
            Assumptions.abort("no network namespace can be made here: " + e.getMessage());
            throw e;
        }
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.delete(namespace);
    }
}
