package io.fairlead.nftables;

import io.fairlead.linux.NetlinkAttribute;
import io.fairlead.linux.NetlinkAttributes;
import io.fairlead.linux.NetlinkException;
import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetlinkWriter;
import io.fairlead.linux.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// What others have put into the nf_tables of a network namespace, to be taken away. Reads no more of it than names and who jumps where.
/// Owned by one thread at a time.
public final class ForeignRules implements AutoCloseable {
    private static final int RULE_HANDLE = 3;
    private static final String IMMEDIATE = "immediate";
    private static final int IMMEDIATE_DATA = 2;

    private final NetlinkSocket socket;

    private ForeignRules(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// @param namespace may be closed afterwards
    public static ForeignRules open(NetworkNamespace namespace) {
        return new ForeignRules(NetlinkSocket.open(namespace, NetlinkSocket.NETFILTER));
    }

    /// All tables of the families ip and ip6.
    public List<TableName> tables() {
        List<TableName> tables = new ArrayList<>();
        for (TableName.Family family : TableName.Family.values()) {
            for (NetlinkAttributes table : dump(family, NfTables.GET_TABLE, _ -> {})) {
                tables.add(new TableName(family, text(table, NfTables.TABLE_NAME)));
            }
        }
        return tables;
    }

    /// Takes some chains of a table away, with the rules of other chains that lead into them; all at once or not at all.
    ///
    /// @param which by name
    /// @return how many there were
    /// @throws NftablesException when the kernel refuses
    public int removeChains(TableName table, Predicate<String> which) {
        List<String> chains =
                dump(table.family(), NfTables.GET_CHAIN, _ -> {}).stream()
                        .filter(chain -> text(chain, NfTables.CHAIN_TABLE).equals(table.name()))
                        .map(chain -> text(chain, NfTables.CHAIN_NAME))
                        .filter(which)
                        .toList();
        if (chains.isEmpty()) {
            return 0;
        }
        List<Consumer<NetlinkWriter>> rules = new ArrayList<>();
        for (NetlinkAttributes rule :
                dump(
                        table.family(),
                        NfTables.GET_RULE,
                        it -> it.text(NfTables.RULE_TABLE, table.name()))) {
            String chain = text(rule, NfTables.RULE_CHAIN);
            if (text(rule, NfTables.RULE_TABLE).equals(table.name())
                    && !which.test(chain)
                    && target(rule).filter(which).isPresent()) {
                long handle = rule.require(RULE_HANDLE).u64BigEndian();
                rules.add(message ->
                        message.text(NfTables.RULE_TABLE, table.name())
                                .text(NfTables.RULE_CHAIN, chain)
                                .u64BigEndian(RULE_HANDLE, handle));
            }
        }
        for (String chain : chains) {
            rules.add(message ->
                    message.text(NfTables.RULE_TABLE, table.name())
                            .text(NfTables.RULE_CHAIN, chain));
        }
        commit(table, rules, chains);
        return chains.size();
    }

    /// The chain that a rule leads to.
    private static Optional<String> target(NetlinkAttributes rule) {
        return rule.find(NfTables.RULE_EXPRESSIONS).stream()
                .flatMap(list -> list.nested().list().stream())
                .map(NetlinkAttribute::nested)
                .filter(expression -> text(expression, NfTables.EXPRESSION_NAME).equals(IMMEDIATE))
                .flatMap(expression -> expression.find(NfTables.EXPRESSION_DATA).stream())
                .flatMap(data -> data.nested().find(IMMEDIATE_DATA).stream())
                .flatMap(value -> value.nested().find(NfTables.DATA_VERDICT).stream())
                .map(verdict -> text(verdict.nested(), NfTables.VERDICT_CHAIN))
                .filter(chain -> !chain.isEmpty())
                .findFirst();
    }

    private void commit(TableName table, List<Consumer<NetlinkWriter>> rules, List<String> chains) {
        NetlinkWriter out = new NetlinkWriter();
        int sequence = 1;
        out.message(
                NfTables.BATCH_BEGIN,
                NetlinkMessage.REQUEST,
                sequence++,
                it -> NfTables.header(it, 0, NfTables.SUBSYSTEM));
        for (Consumer<NetlinkWriter> rule : rules) {
            out.message(
                    NfTables.DELETE_RULE,
                    NetlinkMessage.REQUEST,
                    sequence++,
                    it -> {
                        NfTables.header(it, table.family().number(), 0);
                        rule.accept(it);
                    });
        }
        for (int i = 0; i < chains.size(); i++) {
            String chain = chains.get(i);
            boolean isLast = i == chains.size() - 1;
            out.message(
                    NfTables.DELETE_CHAIN,
                    isLast ? NetlinkMessage.REQUEST | NetlinkMessage.ACK : NetlinkMessage.REQUEST,
                    sequence++,
                    it -> {
                        NfTables.header(it, table.family().number(), 0);
                        it.text(NfTables.CHAIN_TABLE, table.name())
                                .text(NfTables.CHAIN_NAME, chain);
                    });
        }
        out.message(
                NfTables.BATCH_END,
                NetlinkMessage.REQUEST,
                sequence,
                it -> NfTables.header(it, 0, NfTables.SUBSYSTEM));
        try {
            socket.exchange("remove chains", "table " + table, out.toBuffer());
        } catch (NetlinkException e) {
            throw new NftablesException(String.valueOf(e.getMessage()));
        }
    }

    private List<NetlinkAttributes> dump(
            TableName.Family family, int type, Consumer<NetlinkWriter> filter) {
        try {
            return socket
                    .dump(
                            "read tables",
                            type,
                            it -> {
                                NfTables.header(it, family.number(), 0);
                                filter.accept(it);
                            })
                    .stream()
                    .map(message -> message.attributes(NfTables.HEADER_BYTES))
                    .toList();
        } catch (NetlinkException e) {
            throw new NftablesException(String.valueOf(e.getMessage()));
        }
    }

    private static String text(NetlinkAttributes attributes, int type) {
        return attributes.find(type).map(NetlinkAttribute::text).orElse("");
    }

    @Override
    public void close() {
        socket.close();
    }
}
