package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetlinkSocketLinuxTest {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int IFLA_IFNAME = 3;
    private static final int RTNLGRP_LINK = 1;
    private static final int NFT_NEWTABLE = 10 << 8;

    @TempDir Path directory;
    private Path file = Path.of("");

    @BeforeEach
    void createNamespace() throws Exception {
        Kernel.assumeRoot();
        file = directory.resolve(Kernel.uniqueName("ns"));
        NetworkNamespace.create(file).close();
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.delete(file);
    }

    private static NetlinkWriter linkHeader(NetlinkWriter message, int index, int flags) {
        return message.headerU32(0).headerU32(index).headerU32(flags).headerU32(flags);
    }

    @Test
    void dumpsTheTableOfItsNamespace() {
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetlinkSocket socket = NetlinkSocket.open(namespace, NetlinkSocket.ROUTE)) {
            List<NetlinkMessage> links =
                    socket.dump("list links", RTM_GETLINK, m -> linkHeader(m, 0, 0));

            assertThat(links).hasSize(1);
            assertThat(links.getFirst().attributes(16).require(IFLA_IFNAME).text()).isEqualTo("lo");
        }
    }

    @Test
    void aRefusalNamesWhatWasTriedAndWhy() {
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetlinkSocket socket = NetlinkSocket.open(namespace, NetlinkSocket.ROUTE)) {
            assertThatThrownBy(() ->
                            socket.exchange(
                                    "set up link",
                                    "eth7",
                                    RTM_NEWLINK,
                                    0,
                                    m -> linkHeader(m, 77, 1)))
                    .isInstanceOfSatisfying(
                            NetlinkException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
                    .hasMessageStartingWith("cannot set up link eth7: no such device (ENODEV)");
        }
    }

    @Test
    void hearsNotificationsOfAGroup() {
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetlinkSocket listener = NetlinkSocket.open(namespace, NetlinkSocket.ROUTE);
                NetlinkSocket socket = NetlinkSocket.open(namespace, NetlinkSocket.ROUTE)) {
            listener.join(RTNLGRP_LINK);
            assertThat(listener.receive(Duration.ZERO)).isEmpty();

            socket.exchange("set up link", "lo", RTM_NEWLINK, 0, m -> linkHeader(m, 1, 1));

            List<NetlinkMessage> heard = listener.receive(Duration.ofSeconds(5));
            assertThat(heard).isNotEmpty();
            assertThat(heard.getFirst().type()).isEqualTo(RTM_NEWLINK);
            assertThat(heard.getFirst().sequence()).isZero();
        }
    }

    @Test
    void carriesANetfilterBatch() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetlinkSocket socket = NetlinkSocket.open(namespace, NetlinkSocket.NETFILTER)) {
            NetlinkWriter batch = new NetlinkWriter();
            batch.message(16, 1, 0, m -> m.headerU16(0).headerU16BigEndian(10));
            batch.message(
                    NFT_NEWTABLE,
                    NetlinkMessage.REQUEST | NetlinkMessage.ACK | NetlinkMessage.CREATE,
                    socket.nextSequence(),
                    m -> m.headerU8(2).headerU8(0).headerU16(0).text(1, "trial"));
            batch.message(17, 1, 0, m -> m.headerU16(0).headerU16BigEndian(10));
            socket.exchange("create table", "trial", batch.toBuffer());
        }
        assertThat(Kernel.outputIn(file, "nft", "list", "tables")).contains("table ip trial");
    }
}
