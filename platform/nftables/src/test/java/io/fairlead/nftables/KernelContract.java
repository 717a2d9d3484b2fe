package io.fairlead.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.linux.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [Kernel] does.
abstract class KernelContract {
    private Kernel kernel;

    /// A kernel without tables.
    abstract Kernel open();

    /// The one that this test has.
    final Kernel kernel() {
        return kernel;
    }

    @BeforeEach
    final void openKernel() {
        kernel = open();
    }

    @AfterEach
    final void closeKernel() {
        kernel.close();
    }

    @Test
    void readsBackWhatWasCommitted() {
        kernel.commit(Transaction.replace(Samples.balancer()));

        assertSame(kernel.read(Samples.TABLE).orElseThrow(), Samples.balancer());
    }

    @Test
    void readsBackATableOfABridge() {
        TableName name = new TableName(TableName.Family.BRIDGE, "front");
        Statement accept = new Statement.Give(new Verdict.Accept());
        Ruleset bridge =
                Ruleset.empty(name)
                        .with(
                                Chain.base(
                                        "front",
                                        new Chain.Hook(
                                                Chain.Kind.FILTER, Chain.Point.PREROUTING, 0),
                                        Rule.of(equal(Expression.Field.FRAME_TYPE, 0), accept),
                                        Rule.of(
                                                equal(Expression.Field.ETHER_TYPE, 0x86dd),
                                                new Statement.TakeIn(0x02fa_1ead_0002L),
                                                accept)));

        kernel.commit(Transaction.replace(bridge));

        assertSame(kernel.read(name).orElseThrow(), bridge);
    }

    private static Statement equal(Expression left, int right) {
        return new Statement.Compare(left, Statement.Comparison.EQUAL, right);
    }

    @Test
    void knowsNoTableBeforeItIsMade() {
        assertThat(kernel.read(Samples.TABLE)).isEmpty();
    }

    @Test
    void forgetsADeletedTable() {
        kernel.commit(Transaction.replace(Samples.balancer()));
        kernel.commit(Transaction.deleteTable(Samples.TABLE));

        assertThat(kernel.read(Samples.TABLE)).isEmpty();
    }

    @Test
    void countsCommits() {
        int before = kernel.generation();
        kernel.commit(Transaction.replace(Samples.balancer()));
        kernel.commit(new Transaction(Samples.TABLE, List.of()));
        assertThat(kernel.generation() - before).isEqualTo(1);

        kernel.commit(Transaction.deleteTable(Samples.TABLE));
        assertThat(kernel.generation() - before).isEqualTo(2);
        assertThatThrownBy(() ->
                        kernel.commit(
                                new Transaction(
                                        Samples.TABLE, List.of(new Change.FlushChain("gone")))))
                .isInstanceOf(NftablesException.class);
        assertThat(kernel.generation() - before).isEqualTo(2);
    }

    @Test
    void followsADifference() {
        Ruleset before = Samples.balancer();
        Ruleset after =
                before.with(
                                "endpoints",
                                Element.of(Tuple.of(16, 1), Samples.endpoint("10.244.3.9", 8080)))
                        .without("classes", Tuple.of(3))
                        .without("frontends", Samples.frontend("10.96.0.1", 80))
                        .without("pods", Samples.address("10.244.2.0"))
                        .with(
                                "pods",
                                Element.range(
                                        Samples.address("10.244.1.0"),
                                        Samples.address("10.244.1.127")))
                        .with(Chain.regular("more", Rule.of(Statement.goTo("pick"))))
                        .with("classes", Element.of(Tuple.of(4), new Verdict.Goto("more")));
        kernel.commit(Transaction.replace(before));
        kernel.commit(Diff.between(before, after));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), after);

        kernel.commit(Diff.between(after, before));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), before);
    }

    @Test
    void narrowsAndWidensARangeInOneStep() {
        Ruleset wide = Samples.balancer();
        Ruleset narrow =
                wide.without("sources", Tuple.of(16).then(Samples.address("10.0.0.0")))
                        .with(
                                "sources",
                                Element.range(
                                        Tuple.of(16).then(Samples.address("10.1.0.0")),
                                        Tuple.of(16).then(Samples.address("10.1.255.255"))));
        kernel.commit(Transaction.replace(wide));
        kernel.commit(Diff.between(wide, narrow));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), narrow);

        kernel.commit(Diff.between(narrow, wide));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), wide);
    }

    @Test
    void takesManyElementsAtOnce() {
        Ruleset many = Samples.balancer();
        many =
                many.with(
                        NamedSet.empty(
                                "many",
                                SetShape.map(
                                        TupleType.of(DataType.MARK, DataType.MARK),
                                        TupleType.of(DataType.IPV4_ADDR, DataType.INET_SERVICE))));
        for (int i = 0; i < 5000; i++) {
            many = many.with("many", Element.of(Tuple.of(i, 0), Tuple.of(0x0af40000 + i, 80)));
        }
        kernel.commit(Transaction.replace(many));

        assertThat(kernel.read(Samples.TABLE).orElseThrow().set("many"))
                .isEqualTo(many.set("many"));
    }

    @Test
    void putsALargerSetInTheOldOnesPlace() {
        Ruleset before = Samples.balancer();
        NamedSet endpoints = before.set("endpoints");
        NamedSet larger =
                new NamedSet("endpoints", endpoints.shape().sized(1000), endpoints.elements());
        Ruleset after = before.with(larger);
        for (int i = 0; i < 500; i++) {
            after = after.with("endpoints", Element.of(Tuple.of(20, i), Tuple.of(i, 80)));
        }
        kernel.commit(Transaction.replace(before));
        Transaction growth = Diff.between(before, after);
        assertThat(growth.changes()).doesNotContain(new Change.DeleteTable());
        kernel.commit(growth);
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), after);
    }

    @Test
    void saysWhichSetIsFull() {
        kernel.commit(Transaction.replace(Samples.balancer()));
        List<Element> tooMany = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            tooMany.add(Element.of(Tuple.of(20, i), Tuple.of(i, 80)));
        }
        assertThatThrownBy(() ->
                        kernel.commit(
                                new Transaction(
                                        Samples.TABLE,
                                        List.of(
                                                new Change.AddElements(
                                                        "endpoints",
                                                        Samples.balancer().set("endpoints").shape(),
                                                        tooMany)))))
                .isInstanceOf(NftablesException.class)
                .hasMessageContaining("add element endpoints")
                .hasMessageContaining("the set is full");
    }

    @Test
    void keepsMasksOfFieldsInNetworkOrder() {
        Ruleset masks =
                Ruleset.empty(Samples.TABLE)
                        .with(
                                Chain.regular(
                                        "masks",
                                        masked(
                                                Expression.Field.IP_DESTINATION,
                                                0xff000000,
                                                0x7f000000),
                                        masked(Expression.Field.DESTINATION_PORT, 0xff00, 0x7700),
                                        masked(Expression.Field.PROTOCOL, 0x0f, 6),
                                        masked(
                                                Expression.Field.FLOW_MARK,
                                                0xff000000,
                                                0x7f000000)));
        kernel.commit(Transaction.replace(masks));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), masks);
    }

    static Rule masked(Expression.Field field, int mask, int value) {
        return Rule.of(
                new Statement.Compare(
                        new Expression.Masked(field, mask), Statement.Comparison.EQUAL, value));
    }

    @Test
    void refusesAnElementThatExists() {
        kernel.commit(Transaction.replace(Samples.balancer()));

        assertRefused(
                add("endpoints", Element.of(Tuple.of(16, 0), Samples.endpoint("10.0.0.1", 1))),
                Errno.EEXIST);
    }

    @Test
    void refusesToDeleteAnElementThatIsMissing() {
        kernel.commit(Transaction.replace(Samples.balancer()));
        SetShape shape = Samples.balancer().set("endpoints").shape();

        assertRefused(
                new Change.DeleteElements(
                        "endpoints",
                        shape,
                        List.of(Element.of(Tuple.of(99, 0), Samples.endpoint("10.0.0.1", 1)))),
                Errno.ENOENT);
    }

    @Test
    void refusesAVerdictThatLeadsNowhere() {
        kernel.commit(Transaction.replace(Samples.balancer()));

        assertRefused(
                add("classes", Element.of(Tuple.of(9), new Verdict.Goto("nowhere"))), Errno.ENOENT);
    }

    @Test
    void refusesAChainThatExists() {
        kernel.commit(Transaction.replace(Samples.balancer()));

        assertRefused(new Change.AddChain("pick", Optional.empty()), Errno.EEXIST);
    }

    @Test
    void refusesToDeleteAChainThatVerdictsLeadTo() {
        kernel.commit(Transaction.replace(Samples.balancer()));
        kernel.commit(new Transaction(Samples.TABLE, List.of(new Change.FlushChain("pick"))));

        assertRefused(new Change.DeleteChain("pick"), Errno.EBUSY);
    }

    @Test
    void refusesToDeleteASetThatRulesLookAt() {
        kernel.commit(Transaction.replace(Samples.balancer()));

        assertRefused(new Change.DeleteSet("frontends"), Errno.EBUSY);
    }

    @Test
    void refusesChangesToATableThatIsMissing() {
        assertThatThrownBy(() ->
                        kernel.commit(
                                new Transaction(
                                        Samples.TABLE, List.of(new Change.FlushChain("pick")))))
                .isInstanceOf(NftablesException.class);
    }

    @Test
    void doesNothingOfARefusedTransaction() {
        kernel.commit(Transaction.replace(Samples.balancer()));
        List<Change> changes = new ArrayList<>();
        changes.add(add("endpoints", Element.of(Tuple.of(17, 0), Samples.endpoint("10.0.0.1", 1))));
        changes.add(add("endpoints", Element.of(Tuple.of(16, 0), Samples.endpoint("10.0.0.1", 1))));
        changes.add(add("endpoints", Element.of(Tuple.of(18, 0), Samples.endpoint("10.0.0.1", 1))));

        assertThatThrownBy(() -> kernel.commit(new Transaction(Samples.TABLE, changes)))
                .isInstanceOfSatisfying(
                        NftablesException.class,
                        e -> assertThat(e.culprit()).contains(changes.get(1)));
        assertSame(kernel.read(Samples.TABLE).orElseThrow(), Samples.balancer());
    }

    private static Change add(String set, Element element) {
        return new Change.AddElements(set, Samples.balancer().set(set).shape(), List.of(element));
    }

    private void assertRefused(Change change, Errno reason) {
        assertThatThrownBy(() -> kernel.commit(new Transaction(Samples.TABLE, List.of(change))))
                .isInstanceOfSatisfying(
                        NftablesException.class,
                        e -> {
                            assertThat(e.errno()).contains(reason);
                            assertThat(e.culprit()).contains(change);
                        });
    }

    private static void assertSame(Ruleset actual, Ruleset expected) {
        assertThat(RulesetPrinter.print(actual)).isEqualTo(RulesetPrinter.print(expected));
        assertThat(Diff.between(actual, expected).changes()).isEmpty();
        assertThat(actual).isEqualTo(expected);
    }
}
