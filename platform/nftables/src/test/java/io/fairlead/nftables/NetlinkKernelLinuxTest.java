package io.fairlead.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

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

    /// The real `nft` reads a mask as it was meant.
    @Test
    void nftReadsMasksAsTheyWereMeant() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/nft")), "there is no nft on this machine");
        kernel().commit(
                        Transaction.replace(
                                Ruleset.empty(Samples.TABLE)
                                        .with(
                                                Chain.regular(
                                                        "masks",
                                                        masked(
                                                                Expression.Field.IP_DESTINATION,
                                                                0xff000000,
                                                                0x7f000000)))));
        Process nft =
                new ProcessBuilder(
                                "nsenter",
                                "--net=" + namespace,
                                "/usr/sbin/nft",
                                "list",
                                "table",
                                "ip",
                                "sample")
                        .redirectErrorStream(true)
                        .start();
        assertThat(new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .containsAnyOf("127.0.0.0/8", "ip daddr & 255.0.0.0 == 127.0.0.0");
    }
}
