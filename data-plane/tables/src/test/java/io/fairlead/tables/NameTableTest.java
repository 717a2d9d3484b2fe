package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameTableTest {
    private final NameTable table =
            NameTable.of(
                    Cluster.of(
                            """
                            kind: Service
                            metadata: {namespace: default, name: web}
                            spec: {clusterIP: 10.96.0.41, ports: [{name: http, port: 80}]}
                            """),
                    "cluster.local");

    @Test
    void podNamesSpellTheirAddresses() {
        assertThat(table.find("10-244-1-5.default.pod.cluster.local").orElseThrow().ipv4())
                .containsExactly(IpAddress.parse("10.244.1.5"));
        assertThat(table.find("fd00--5.default.pod.cluster.local").orElseThrow().ipv6())
                .containsExactly(IpAddress.parse("fd00::5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10-244-1-5.nowhere.pod.cluster.local",
                "10-244-1.default.pod.cluster.local",
                "10-244-1-5.default.svc.cluster.local",
                "x.10-244-1-5.default.pod.cluster.local",
                "missing.default.svc.cluster.local",
                "nowhere.svc.cluster.local",
                ".pod.cluster.local",
                "a.pod.cluster.local",
                "x.web.default.svc.cluster.local"
            })
    void knowsNoSuchName(String name) {
        assertThat(table.find(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster.local",
                "svc.cluster.local",
                "pod.cluster.local",
                "default.svc.cluster.local",
                "default.pod.cluster.local",
                "_tcp.web.default.svc.cluster.local"
            })
    void namesAboveOtherNamesExist(String name) {
        assertThat(table.find(name)).contains(Records.NONE);
    }

    @Test
    void knowsTheHostNamesThatLoadBalancersHaveOutsideOfTheZone() {
        NameTable names =
                NameTable.of(
                        Cluster.of(
                                """
                                kind: Service
                                metadata: {namespace: default, name: web}
                                spec: {type: LoadBalancer, clusterIP: 10.96.0.41, ports: [{port: 80}]}
                                status:
                                  loadBalancer:
                                    ingress:
                                    - {ip: 172.30.200.1, hostname: Shop.example.com}
                                    - {ip: "fd00::7", hostname: Shop.example.com}
                                    - {ip: 172.30.200.1, hostname: dns.kube-system.svc.cluster.local}
                                """),
                        "cluster.local");
        assertThat(names.findAlias("shop.example.com").orElseThrow().ipv4())
                .containsExactly(IpAddress.parse("172.30.200.1"));
        assertThat(names.findAlias("shop.example.com").orElseThrow().ipv6())
                .containsExactly(IpAddress.parse("fd00::7"));
        assertThat(names.findAlias("example.com")).isEmpty();
        assertThat(names.find("dns.kube-system.svc.cluster.local")).isEmpty();
        assertThat(names.print()).contains("shop.example.com A 172.30.200.1");
    }
}
