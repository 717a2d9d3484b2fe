package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.linux.ControlGroups;
import io.fairlead.testkit.Requirement;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciProgramLinuxTest {
    private final String cluster = "flt-oci-" + UUID.randomUUID().toString().substring(0, 8);
    private final String cgroup = "/" + NodeSettings.clusterCgroup(cluster) + "/trial";

    @TempDir Path run;

    @BeforeEach
    void needsRoot() {
        Requirement.rootAnd("runc");
    }

    @AfterEach
    void removeRemains() {
        NodeRemains.remove(cluster, run, run.resolve("pods"), ControlGroups.detect());
    }

    @Test
    void takesTheFirstThatCanMakeAContainer() {
        Path works = Requirement.find("runc").orElseThrow();
        OciProgram chosen =
                OciProgram.choose(
                        List.of(Path.of("/nowhere/crun"), Path.of("/bin/false"), works),
                        run,
                        cgroup,
                        new ProcessStarter(Runnable::run));
        assertThat(chosen.program()).isEqualTo(works);
    }

    @Test
    void saysWhyNoneWorks() {
        assertThatThrownBy(() ->
                        OciProgram.choose(
                                List.of(Path.of("/nowhere/crun"), Path.of("/bin/false")),
                                run,
                                cgroup,
                                new ProcessStarter(Runnable::run)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("/nowhere/crun is not there")
                .hasMessageContaining("install runc");
    }
}
