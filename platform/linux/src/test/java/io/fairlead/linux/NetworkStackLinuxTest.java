package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkStackLinuxTest {
    private static final MacAddress MAC = MacAddress.parse("02:fa:1e:ad:01:01");
    private static final MacAddress PEER_MAC = MacAddress.parse("02:fa:1e:ad:01:02");

    @TempDir Path directory;
    private Path near = Path.of("");
    private Path far = Path.of("");

    @BeforeEach
    void createNamespaces() throws Exception {
        Kernel.assumeRoot();
        near = directory.resolve(Kernel.uniqueName("near"));
        far = directory.resolve(Kernel.uniqueName("far"));
        NetworkNamespace.create(near).close();
        NetworkNamespace.create(far).close();
    }

    @AfterEach
    void deleteNamespaces() {
        NetworkNamespace.delete(near);
        NetworkNamespace.delete(far);
    }

    @Test
    void makesAPodsNetwork() throws Exception {
        try (NetworkNamespace host = NetworkNamespace.open(near);
                NetworkNamespace pod = NetworkNamespace.open(far);
                NetworkStack stack = NetworkStack.open(host);
                NetworkStack podStack = NetworkStack.open(pod)) {
            stack.links().addBridge("br0");
            Link bridge = stack.links().require("br0");
            stack.links()
                    .addVeth(
                            VethPair.of("veth-1", "eth0", pod)
                                    .withMac(MAC)
                                    .withPeerMac(PEER_MAC)
                                    .withMtu(1400)
                                    .withMaster(bridge));
            stack.addresses().add(bridge, IpPrefix.parse("10.1.0.1/24"));
            stack.addresses().add(bridge, IpPrefix.parse("10.1.0.1/24"));
            podStack.links().setUp("lo");
            podStack.links().setUp("eth0");
            Link eth0 = podStack.links().require("eth0");
            podStack.addresses().add(eth0, IpPrefix.parse("10.1.0.2/32"));
            InetAddress gateway = InetAddress.ofLiteral("169.254.1.1");
            podStack.routes().replace(Route.to(IpPrefix.host(gateway)).on(eth0));
            podStack.routes().replace(Route.to(IpPrefix.ANY_IPV4).via(gateway).on(eth0));
            podStack.routes()
                    .replace(
                            Route.to(IpPrefix.parse("10.9.0.0/16"))
                                    .via(InetAddress.ofLiteral("192.0.2.1"))
                                    .on(eth0)
                                    .onLink());
            podStack.routes()
                    .replace(
                            Route.to(IpPrefix.parse("10.8.0.0/16")).ofType(Route.Type.UNREACHABLE));
            podStack.neighbours().setPermanent(eth0, gateway, MAC);

            assertThat(eth0.mac()).contains(PEER_MAC);
            assertThat(eth0.isUp()).isTrue();
            assertThat(eth0.mtu()).isEqualTo(1400);
            Link veth = stack.links().require("veth-1");
            assertThat(veth.kind()).isEqualTo("veth");
            assertThat(veth.masterIndex()).isEqualTo(bridge.index());
            assertThat(veth.peerIndex()).isEqualTo(eth0.index());
            assertThat(podStack.neighbours().list())
                    .containsExactly(new Neighbours.Permanent(eth0.index(), gateway, MAC));
            assertThat(podStack.routes().list())
                    .extracting(Route::toString)
                    .contains(
                            "default via 169.254.1.1",
                            "10.9.0.0/16 via 192.0.2.1",
                            "10.8.0.0/16 UNREACHABLE");
            assertThat(stack.addresses().list())
                    .contains(new LinkAddress(bridge.index(), IpPrefix.parse("10.1.0.1/24")));
        }
        assertThat(Kernel.outputIn(near, "ip", "-o", "link", "show", "veth-1"))
                .contains("master br0", MAC.toString(), "mtu 1400", ",UP");
        assertThat(Kernel.outputIn(far, "ip", "route"))
                .contains(
                        "default via 169.254.1.1 dev eth0",
                        "169.254.1.1 dev eth0 proto static scope link",
                        "10.9.0.0/16 via 192.0.2.1 dev eth0 proto static onlink",
                        "unreachable 10.8.0.0/16");
        assertThat(Kernel.outputIn(far, "ip", "neigh")).contains("169.254.1.1", "PERMANENT");
    }

    @Test
    void changesAndRemovesLinks() throws Exception {
        try (NetworkNamespace other = NetworkNamespace.open(far);
                NetworkNamespace here = NetworkNamespace.open(near);
                NetworkStack stack = NetworkStack.open(here)) {
            Links links = stack.links();
            links.addBridge("br0");
            links.addVeth(VethPair.of("a", "b", here));
            links.setMaster("a", links.require("br0"));
            links.setMac("a", MAC);
            links.setMtu("a", 1300);
            links.setDown("a");
            links.rename(links.require("a"), "c");
            links.move(links.require("b"), other);

            assertThat(links.list())
                    .extracting(Link::name)
                    .containsExactlyInAnyOrder("lo", "br0", "c");
            assertThat(links.require("c").mac()).contains(MAC);
            assertThat(links.require("c").isUp()).isFalse();
            assertThat(Kernel.outputIn(far, "ip", "-o", "link")).contains("b@");
            assertThat(links.delete("c")).isTrue();
            assertThat(links.delete("c")).isFalse();
            assertThat(links.find("c")).isEmpty();
            assertThat(Kernel.outputIn(far, "ip", "-o", "link")).doesNotContain("b@");
        }
    }

    @Test
    void whatIsAlreadyThereOrMissingIsToldApart() {
        try (NetworkNamespace here = NetworkNamespace.open(near);
                NetworkStack stack = NetworkStack.open(here)) {
            stack.links().addBridge("br0");
            Link bridge = stack.links().require("br0");
            IpPrefix address = IpPrefix.parse("10.1.0.1/24");
            Route route = Route.to(IpPrefix.parse("10.9.0.0/16")).on(bridge);

            assertThatThrownBy(() -> stack.links().addBridge("br0"))
                    .hasMessageStartingWith("cannot add bridge br0: exists already (EEXIST)");
            assertThat(stack.addresses().delete(bridge, address)).isFalse();
            stack.addresses().add(bridge, address);
            assertThat(stack.addresses().delete(bridge, address)).isTrue();
            assertThat(stack.routes().delete(route)).isFalse();
            stack.routes().replace(route);
            stack.routes().replace(route);
            assertThat(stack.routes().delete(route)).isTrue();
            assertThat(stack.neighbours().delete(bridge, InetAddress.ofLiteral("10.1.0.9")))
                    .isFalse();
            assertThatThrownBy(() -> stack.links().addBridge("a-name-too-long-for-a-link"))
                    .isInstanceOf(NetlinkException.class);
        }
    }
}
