package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeProxyFileTest {
    @TempDir Path folder;

    @Test
    void readsWhatMeansTheSameHere() throws Exception {
        KubeProxyFile file =
                read(
                        """
                        apiVersion: kubeproxy.config.k8s.io/v1alpha1
                        kind: KubeProxyConfiguration
                        hostnameOverride: worker-1
                        clusterCIDR: 10.244.0.0/16,fd00:10:244::/56
                        healthzBindAddress: 0.0.0.0:10256
                        metricsBindAddress: ""
                        mode: iptables
                        clientConnection: {kubeconfig: kubeconfig.conf}
                        conntrack: {maxPerCore: 0, min: null, tcpEstablishedTimeout: 1h30m0s, tcpCloseWaitTimeout: null}
                        """);
        assertThat(file.nodeName()).isEqualTo("worker-1");
        assertThat(file.clusterCidr()).containsExactly("10.244.0.0/16", "fd00:10:244::/56");
        assertThat(file.health()).contains("0.0.0.0:10256");
        assertThat(file.metrics()).isEmpty();
        assertThat(file.mode()).isEqualTo("iptables");
        assertThat(file.kubeconfig()).contains(folder.resolve("kubeconfig.conf"));
        assertThat(file.tracking().perCore()).isZero();
        assertThat(file.tracking().least()).isEqualTo(TrackingLimits.USUAL.least());
        assertThat(file.tracking().established()).contains(Duration.ofMinutes(90));
        assertThat(file.tracking().closeWait()).isEqualTo(TrackingLimits.USUAL.closeWait());
    }

    @Test
    void namesWhatItCannotHonourAndIsSilentAboutDefaults() throws Exception {
        KubeProxyFile file =
                read(
                        """
                        apiVersion: kubeproxy.config.k8s.io/v1alpha1
                        kind: KubeProxyConfiguration
                        bindAddress: ""
                        configSyncPeriod: 0s
                        enableProfiling: false
                        detectLocalMode: BridgeInterface
                        iptables: {masqueradeAll: false, masqueradeBit: null, syncPeriod: 0s}
                        ipvs: {scheduler: lc, excludeCIDRs: null}
                        """);
        assertThat(file.ignored())
                .containsExactly(
                        "ipvs.scheduler is not honoured",
                        "detectLocalMode BridgeInterface is not honoured: pods are known by"
                                + " clusterCIDR and the nodes' podCIDRs");
    }

    @Test
    void refusesOtherFiles() {
        assertThatThrownBy(() -> read("kind: Config\n"))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("no KubeProxyConfiguration");
        assertThatThrownBy(() -> KubeProxyFile.read(folder.resolve("none")))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("cannot be read");
    }

    private KubeProxyFile read(String text) throws Exception {
        Path file = folder.resolve("config.conf");
        Files.writeString(file, text);
        return KubeProxyFile.read(file);
    }
}
