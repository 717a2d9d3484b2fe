package io.fairlead.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForeignRulesLinuxTest {
    private final Path namespace = Path.of("/run/netns/fl-foreign-" + UUID.randomUUID());

    @BeforeEach
    void make() throws Exception {
        try {
            NetworkNamespace.create(namespace).close();
        } catch (LinuxException e) {
            Assumptions.abort("no network namespace can be made here: " + e.getMessage());
        }
        try {
            run("iptables", "-w", "-t", "nat", "-N", "KUBE-SERVICES");
        } catch (IOException e) {
            Assumptions.abort("there is no iptables to judge by: " + e.getMessage());
        }
    }

    @AfterEach
    void delete() {
        NetworkNamespace.delete(namespace);
    }

    @Test
    void takesChainsAwayWithAllThatLeadsIntoThem() throws Exception {
        run("iptables", "-t", "nat", "-N", "KUBE-SVC-1");
        run("iptables", "-t", "nat", "-N", "KUBE-KUBELET-CANARY");
        run("iptables", "-t", "nat", "-N", "MINE");
        run("iptables", "-t", "nat", "-A", "PREROUTING", "-j", "KUBE-SERVICES");
        run("iptables", "-t", "nat", "-A", "PREROUTING", "-j", "MINE");
        run(
                "iptables",
                "-t",
                "nat",
                "-A",
                "KUBE-SERVICES",
                "-d",
                "10.96.0.1/32",
                "-j",
                "KUBE-SVC-1");
        run("iptables", "-t", "nat", "-A", "KUBE-SVC-1", "-j", "MARK", "--set-mark", "1");
        TableName nat = new TableName(TableName.Family.IP, "nat");
        try (NetworkNamespace inside = NetworkNamespace.open(namespace);
                ForeignRules foreign = ForeignRules.open(inside)) {
            assertThat(foreign.tables()).containsExactly(nat);
            assertThat(
                            foreign.removeChains(
                                    nat,
                                    chain ->
                                            chain.startsWith("KUBE-")
                                                    && !chain.startsWith("KUBE-KUBELET")))
                    .isEqualTo(2);
            assertThat(foreign.removeChains(nat, chain -> chain.equals("KUBE-SERVICES"))).isZero();
        }
        String left = run("iptables-save", "-t", "nat");
        assertThat(left)
                .contains(":MINE", ":KUBE-KUBELET-CANARY", "-A PREROUTING -j MINE")
                .doesNotContain("KUBE-SERVICES", "KUBE-SVC");
    }

    private String run(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace));
        words.addAll(List.of(command));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output =
                new String(
                        process.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() == 127) {
            throw new IOException(command[0] + " is missing");
        }
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
