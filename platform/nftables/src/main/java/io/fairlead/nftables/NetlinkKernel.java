package io.fairlead.nftables;

import io.fairlead.linux.Errno;
import io.fairlead.linux.NetlinkAttributes;
import io.fairlead.linux.NetlinkException;
import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetworkNamespace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The nf_tables of a real network namespace, by netlink. Each transaction is one batch in one message to the kernel.
/// Owned by one thread at a time.
public final class NetlinkKernel implements Kernel {
    private static final int READS_MAX = 20;

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
    public List<ElementCount> commit(Transaction transaction) {
        List<Change> changes = transaction.changes();
        if (changes.isEmpty()) {
            return List.of();
        }
        BatchWriter batch = new BatchWriter(transaction.table(), nextSequence + 1);
        ByteBuffer messages = batch.write(changes);
        nextSequence += batch.sequences();
        if (nextSequence > Integer.MAX_VALUE / 2) {
            nextSequence = 1;
        }
        try {
            return lastCounts(
                    changes, socket.exchange("change", "table " + transaction.table(), messages));
        } catch (NetlinkException e) {
            throw refusal(transaction.table(), batch, e);
        }
    }

    /// The kernel tells what it deleted where it was asked to.
    private static List<ElementCount> lastCounts(List<Change> changes, List<NetlinkMessage> told) {
        List<ElementCount> counts = new ArrayList<>();
        for (NetlinkMessage message : told) {
            if (message.type() != NfTables.DELETE_ELEMENTS) {
                continue;
            }
            NetlinkAttributes attributes = message.attributes(NfTables.HEADER_BYTES);
            String set = attributes.require(NfTables.ELEMENTS_SET).text();
            for (Change change : changes) {
                if (change instanceof Change.DeleteElements(String name, SetShape shape, _)
                        && name.equals(set)) {
                    TableReader.addCounts(counts, set, shape, attributes);
                    break;
                }
            }
        }
        return counts;
    }

    @Override
    public List<ElementCount> counts(TableName table, String set, SetShape shape) {
        try {
            return new TableReader(socket, table).counts(set, shape);
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return List.of();
            }
            throw new NftablesException(String.valueOf(e.getMessage()));
        }
    }

    private static NftablesException refusal(
            TableName table, BatchWriter batch, NetlinkException refused) {
        String detail = refused.attributeOffset().map(at -> "attribute at byte " + at).orElse("");
        Errno errno = refused.errno();
        return NftablesException.refused(table, batch.changeOf(refused.sequence()), errno, detail);
    }

    /// By which the kernel tells whose commits are whose.
    int port() {
        return socket.port();
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
        for (int attempt = 1; ; attempt++) {
            int before = generation();
            try {
                Optional<Ruleset> read = new TableReader(socket, table).read();
                if (generation() == before || attempt == READS_MAX) {
                    return read;
                }
            } catch (NetlinkException | NftablesException e) {
                // What is read in several parts does not fit together when somebody commits in
                // between.
                if (generation() == before || attempt == READS_MAX) {
                    throw new NftablesException(String.valueOf(e.getMessage()));
                }
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
