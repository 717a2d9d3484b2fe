package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.store.CommitResult.Committed;
import io.fairlead.store.CommitResult.Conflict;
import io.fairlead.store.Transaction.Absent;
import io.fairlead.store.Transaction.Anything;
import io.fairlead.store.Transaction.AtRevision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What every store guarantees; one nested class for each guarantee of [Store].
abstract class StoreContract {
    private Store<String> store = new InMemoryStore<>();

    /// A new, empty store that keeps ten revisions.
    abstract Store<String> create();

    /// The store's successor after an orderly end, or empty where nothing survives one.
    abstract Optional<Store<String>> reopen(Store<String> store);

    @BeforeEach
    void begin() {
        store = create();
    }

    @AfterEach
    void end() {
        store.close();
    }

    private void restart() {
        Optional<Store<String>> successor = reopen(store);
        Assumptions.assumeTrue(successor.isPresent(), "this store survives nothing");
        store = successor.orElseThrow();
    }

    private CommitResult commit(Transaction.Builder<String> transaction) {
        return store.commit(transaction.build()).join();
    }

    private long put(String key, String value) {
        return revision(commit(transaction().put(key, value, new Anything())));
    }

    private long delete(String key) {
        return revision(commit(transaction().delete(key, new Anything())));
    }

    private static Transaction.Builder<String> transaction() {
        return Transaction.builder();
    }

    private static long revision(CommitResult result) {
        return ((Committed) result).revision();
    }

    private List<String> keys(String prefix) {
        return store.snapshot().list(prefix).stream().map(Stored::key).toList();
    }

    private Listening listen(long afterRevision, String prefix) {
        Listening listening = new Listening();
        assertThat(store.watch(afterRevision, prefix, listening)).isPresent();
        return listening;
    }

    @Nested
    class Ordered {
        @Test
        void anEmptyStoreIsAtRevisionOne() {
            assertThat(store.snapshot().revision()).isEqualTo(1);
            assertThat(store.snapshot().list("")).isEmpty();
        }

        @Test
        void revisionsGrowByOneWithEachTransaction() {
            assertThat(put("a", "x")).isEqualTo(2);
            assertThat(put("a", "y")).isEqualTo(3);
            assertThat(delete("a")).isEqualTo(4);
            assertThat(store.snapshot().revision()).isEqualTo(4);
        }

        @Test
        void aTransactionThatWritesNothingTakesNoRevision() {
            long last = put("a", "x");
            assertThat(delete("absent")).isEqualTo(last);
            assertThat(revision(commit(transaction().check("a", new AtRevision(last)))))
                    .isEqualTo(last);
            assertThat(store.snapshot().revision()).isEqualTo(last);
        }

        @Test
        void aWatcherHearsTransactionsInOrder() {
            Listening listening = listen(1, "");
            put("a", "x");
            put("b", "y");
            put("a", "z");
            delete("b");
            assertThat(listening.changesUpTo(5))
                    .containsExactly("2 a=∅→x", "3 b=∅→y", "4 a=x→z", "5 b=y→∅");
        }

        @Test
        void aValueKnowsWhenItWasMadeAndLastChanged() {
            put("a", "x");
            put("b", "x");
            put("a", "y");
            assertThat(store.snapshot().get("a")).contains(new Stored<>("a", "y", 2, 4));
            delete("a");
            put("a", "z");
            assertThat(store.snapshot().get("a")).contains(new Stored<>("a", "z", 6, 6));
        }

        @Test
        void listsComeInKeyOrderAndInPages() {
            for (String key : List.of("/b/2", "/a/1", "/b/1", "/b", "/c", "/b/3", "/b0")) {
                put(key, "x");
            }
            assertThat(keys("/b/")).containsExactly("/b/1", "/b/2", "/b/3");
            assertThat(keys("")).containsExactly("/a/1", "/b", "/b/1", "/b/2", "/b/3", "/b0", "/c");
            assertThat(keys("/x")).isEmpty();
            assertThat(store.snapshot().count("/b/")).isEqualTo(3);
            assertThat(store.snapshot().count("")).isEqualTo(7);
            assertThat(store.snapshot().list("/b/", "", 2).stream().map(Stored::key))
                    .containsExactly("/b/1", "/b/2");
            assertThat(store.snapshot().list("/b/", "/b/2", 2).stream().map(Stored::key))
                    .containsExactly("/b/3");
            assertThat(store.snapshot().list("/b/", "/c", 2)).isEmpty();
            assertThat(store.snapshot().list("", "/b/3", 9).stream().map(Stored::key))
                    .containsExactly("/b0", "/c");
        }
    }

    @Nested
    class Unique {
        @Test
        void manyWritersNeverShareARevision() {
            Set<Long> revisions = new ConcurrentSkipListSet<>();
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                writes.add(
                        store.commit(
                                        transaction()
                                                .put("k" + i % 7, "v" + i, new Anything())
                                                .build())
                                .thenAccept(result -> revisions.add(revision(result))));
            }
            writes.forEach(CompletableFuture::join);
            assertThat(revisions).hasSize(300);
            assertThat(store.snapshot().revision()).isEqualTo(301);
        }

        @Test
        void aRestartContinuesWhereItEnded() {
            put("a", "x");
            long last = delete("a");
            store.compact(last);
            restart();
            assertThat(store.snapshot().revision()).isEqualTo(last);
            assertThat(put("a", "y")).isEqualTo(last + 1);
        }
    }

    @Nested
    class Atomic {
        @Test
        void allWritesOfATransactionHaveOneRevisionAndAreHeardTogether() {
            put("b", "old");
            Listening listening = listen(2, "");
            commit(
                    transaction()
                            .put("a", "x", new Absent())
                            .delete("b", new Anything())
                            .put("c", "y", new Anything()));
            assertThat(listening.changesUpTo(3)).containsExactly("3 a=∅→x b=old→∅ c=∅→y");
            assertThat(store.snapshot().list("").stream().map(Stored::modRevision))
                    .containsExactly(3L, 3L);
        }

        @Test
        void oneFailedExpectationWritesNothing() {
            long first = put("a", "x");
            CommitResult result =
                    commit(
                            transaction()
                                    .put("b", "y", new Anything())
                                    .check("a", new AtRevision(first + 7)));
            assertThat(result).isEqualTo(new Conflict("a", first));
            assertThat(keys("")).containsExactly("a");
            assertThat(store.snapshot().revision()).isEqualTo(first);
        }

        @Test
        void expectationsAreAboutTheNewestWrite() {
            assertThat(commit(transaction().put("a", "x", new AtRevision(1))))
                    .isEqualTo(new Conflict("a", 0));
            long first = put("a", "x");
            assertThat(commit(transaction().put("a", "y", new Absent())))
                    .isEqualTo(new Conflict("a", first));
            assertThat(commit(transaction().put("a", "y", new AtRevision(first))))
                    .isEqualTo(new Committed(first + 1));
            assertThat(commit(transaction().delete("a", new AtRevision(first))))
                    .isEqualTo(new Conflict("a", first + 1));
            assertThat(commit(transaction().delete("a", new AtRevision(first + 1))))
                    .isEqualTo(new Committed(first + 2));
            assertThat(commit(transaction().check("a", new Absent())))
                    .isEqualTo(new Committed(first + 2));
        }

        @Test
        void onlyOneOfManyWinsARace() {
            long first = put("a", "x");
            List<CompletableFuture<CommitResult>> race = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                race.add(
                        store.commit(
                                transaction().put("a", "v" + i, new AtRevision(first)).build()));
            }
            assertThat(
                            race.stream()
                                    .map(CompletableFuture::join)
                                    .filter(Committed.class::isInstance))
                    .hasSize(1);
        }

        @Test
        void aSnapshotNeverChanges() {
            put("a", "x");
            Snapshot<String> before = store.snapshot();
            put("a", "y");
            put("b", "z");
            assertThat(before.list("").stream().map(Stored::value)).containsExactly("x");
            assertThat(before.revision()).isEqualTo(2);
        }

        @Test
        void aKeyIsNamedOnce() {
            assertThatThrownBy(() ->
                            transaction()
                                    .check("a", new Absent())
                                    .delete("a", new Absent())
                                    .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a");
        }
    }

    @Nested
    class Reliable {
        @Test
        void whatWasAcknowledgedIsVisible() {
            for (int i = 0; i < 20; i++) {
                long revision = put("a", "v" + i);
                assertThat(store.snapshot().revision()).isGreaterThanOrEqualTo(revision);
                assertThat(store.snapshot().get("a").map(Stored::value)).contains("v" + i);
            }
        }

        @Test
        void aRestartKeepsValuesAndRevisions() {
            put("a", "x");
            put("b", "ä→∅ \0 x");
            put("a", "y");
            put("c", "z");
            delete("c");
            List<Stored<String>> before = List.copyOf(store.snapshot().list(""));
            restart();
            assertThat(store.snapshot().list("")).containsExactlyElementsOf(before);
            assertThat(store.snapshot().revision()).isEqualTo(6);
        }

        @Test
        void commitsAfterTheEndFail() {
            store.close();
            assertThat(store.commit(transaction().put("a", "x", new Anything()).build()))
                    .isCompletedExceptionally();
        }
    }

    @Nested
    class Resumable {
        @Test
        void aWatchFromThePastHearsEverythingSince() {
            put("a", "x");
            long seen = put("a", "y");
            put("b", "z");
            delete("a");
            Listening listening = listen(seen, "");
            put("c", "w");
            assertThat(listening.changesUpTo(6)).containsExactly("4 b=∅→z", "5 a=y→∅", "6 c=∅→w");
        }

        @Test
        void aWatchHearsItsPrefixOnly() {
            put("/pods/a", "1");
            Listening listening = listen(1, "/pods/");
            put("/services/a", "2");
            commit(
                    transaction()
                            .put("/pods/b", "3", new Anything())
                            .put("/nodes/b", "4", new Anything()));
            assertThat(listening.changesUpTo(4)).containsExactly("2 /pods/a=∅→1", "4 /pods/b=∅→3");
        }

        @Test
        void aWatchMayStartInTheFuture() {
            Listening listening = listen(3, "");
            put("a", "2");
            put("a", "3");
            put("a", "4");
            assertThat(listening.changesUpTo(4)).containsExactly("4 a=3→4");
        }

        @Test
        void aClosedWatchHearsNothingMore() {
            Listening listening = new Listening();
            Store.Subscription subscription = store.watch(1, "", listening).orElseThrow();
            put("a", "x");
            subscription.close();
            put("a", "y");
            assertThat(listening.heard()).contains("2 a=∅→x").doesNotContain("3 a=x→y");
        }

        @Test
        void aWatcherThatThrowsDisturbsNobody() {
            assertThat(
                            store.watch(
                                    1,
                                    "",
                                    (revision, changes) -> {
                                        throw new IllegalStateException("on purpose");
                                    }))
                    .isPresent();
            Listening listening = listen(1, "");
            put("a", "x");
            put("a", "y");
            assertThat(listening.changesUpTo(3)).containsExactly("2 a=∅→x", "3 a=x→y");
        }

        @Test
        void compactedHistoryIsRefusedAndPresentValuesStay() {
            put("a", "x");
            put("b", "x");
            put("b", "y");
            store.compact(3);
            assertThat(store.compactedRevision()).isEqualTo(3);
            assertThat(store.watch(2, "", new Listening())).isEmpty();
            assertThat(listen(3, "").changesUpTo(4)).containsExactly("4 b=x→y");
            assertThat(keys("")).containsExactly("a", "b");
            store.compact(2);
            assertThat(store.compactedRevision()).isEqualTo(3);
        }

        @Test
        void theFutureCannotBeCompacted() {
            assertThatThrownBy(() -> store.compact(2)).isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void theNewestRevisionsAreKeptAndOldOnesGo() {
            for (int i = 0; i < 50; i++) {
                put("a", "v" + i);
            }
            assertThat(store.compactedRevision()).isBetween(30L, 41L);
            assertThat(listen(store.compactedRevision(), "").changesUpTo(51))
                    .hasSize((int) (51 - store.compactedRevision()));
        }

        @Test
        void aWatchResumesAfterARestart() {
            put("a", "x");
            long seen = put("b", "x");
            put("a", "y");
            delete("b");
            restart();
            Listening listening = listen(seen, "");
            put("a", "z");
            assertThat(listening.changesUpTo(6)).containsExactly("4 a=x→y", "5 b=x→∅", "6 a=y→z");
            assertThat(listen(2, "").changesUpTo(6))
                    .containsExactly("3 b=∅→x", "4 a=x→y", "5 b=x→∅", "6 a=y→z");
        }

        @Test
        void compactionSurvivesARestartAndLeavesTheRest() {
            put("a", "x");
            put("b", "x");
            put("a", "y");
            delete("b");
            put("c", "z");
            store.compact(4);
            restart();
            assertThat(store.compactedRevision()).isEqualTo(4);
            assertThat(store.watch(3, "", new Listening())).isEmpty();
            assertThat(listen(4, "").changesUpTo(6)).containsExactly("5 b=x→∅", "6 c=∅→z");
            assertThat(keys("")).containsExactly("a", "c");
            store.compact(6);
            restart();
            assertThat(new TreeSet<>(keys(""))).containsExactly("a", "c");
        }
    }

    @Nested
    class Bookmarkable {
        @Test
        void progressIsToldAfterThePast() {
            put("a", "x");
            put("b", "y");
            Listening listening = listen(1, "a");
            assertThat(listening.await(l -> l.heard().contains("progress 3")))
                    .containsExactly("2 a=∅→x", "progress 3");
        }

        @Test
        void progressIsToldOnRequest() {
            Listening listening = new Listening();
            Store.Subscription subscription = store.watch(1, "a", listening).orElseThrow();
            put("b", "y");
            put("b", "z");
            subscription.requestProgress();
            assertThat(listening.await(l -> l.heard().contains("progress 3"))).doesNotContain("2");
        }

        @Test
        void nothingBeforeAProgressIsToldLater() {
            Listening listening = new Listening();
            Store.Subscription subscription = store.watch(1, "", listening).orElseThrow();
            for (int i = 0; i < 30; i++) {
                put("a", "v" + i);
                subscription.requestProgress();
            }
            List<String> heard = listening.await(l -> l.heard().contains("progress 31"));
            long known = 0;
            for (String line : heard) {
                boolean isProgress = line.startsWith("progress ");
                long revision = Long.parseLong(line.replace("progress ", "").split(" ")[0]);
                if (isProgress) {
                    assertThat(revision).isGreaterThanOrEqualTo(known);
                } else {
                    assertThat(revision).isGreaterThan(known);
                }
                known = revision;
            }
        }
    }
}
