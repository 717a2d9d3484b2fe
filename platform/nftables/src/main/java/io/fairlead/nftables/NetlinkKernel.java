package io.fairlead.nftables;

import io.fairlead.linux.Errno;
import io.fairlead.linux.NetlinkException;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetworkNamespace;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/// The nf_tables of a real network namespace, by netlink. Each transaction is one batch in one message to the kernel.
/// Owned by one thread at a time.
public final class NetlinkKernel implements Kernel {
    private final NetlinkSocket socket;
    private int nextSequence = 1;

    private NetlinkKernel(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// Of the given namespace; it may be closed afterwards.
    public static NetlinkKernel of(NetworkNamespace namespace) {
        return new NetlinkKernel(NetlinkSocket.open(namespace, NetlinkSocket.NETFILTER));
    }

    @Override
    public void commit(Transaction transaction) {
        List<Change> changes = transaction.changes();
        if (changes.isEmpty()) {
            return;
        }
        BatchWriter batch = new BatchWriter(transaction.table(), nextSequence + 1);
        ByteBuffer messages = batch.write(changes);
        nextSequence += batch.sequences();
        if (nextSequence > Integer.MAX_VALUE / 2) {
            nextSequence = 1;
        }
        try {
            socket.exchange("change", "table " + transaction.table(), messages);
        } catch (NetlinkException e) {
            throw refusal(transaction.table(), batch, e);
        }
    }

    private static NftablesException refusal(
            TableName table, BatchWriter batch, NetlinkException refused) {
        String detail = refused.attributeOffset().map(at -> "attribute at byte " + at).orElse("");
        Errno errno = refused.errno();
        return NftablesException.refused(table, batch.changeOf(refused.sequence()), errno, detail);
    }

    @Override
    public int generation() {
        try {
            return socket
                    .exchange(
                            "read",
                            "the generation of tables",
                            NfTables.GET_GENERATION,
                            0,
                            it -> NfTables.header(it, 0, 0))
                    .stream()
                    .filter(it -> it.type() == NfTables.NEW_GENERATION)
                    .findFirst()
                    .orElseThrow(() -> new NftablesException("the kernel told no generation"))
                    .attributes(NfTables.HEADER_BYTES)
                    .require(NfTables.GENERATION_ID)
                    .u32BigEndian();
        } catch (NetlinkException e) {
            throw new NftablesException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Optional<Ruleset> read(TableName table) {
        try {
            return new TableReader(socket, table).read();
        } catch (NetlinkException e) {
            throw new NftablesException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
