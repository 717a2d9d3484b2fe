package io.fairlead.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Remembers what a watch told, as lines such as `7 a=x→y b=∅→z` or `progress 7`.
final class Listening implements Watcher<String> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<String> heard = new ArrayList<>();
    private long known;

    @Override
    public synchronized void onChanges(long revision, List<Change<String>> changes) {
        StringBuilder line = new StringBuilder().append(revision);
        for (Change<String> change : changes) {
            line.append(' ').append(change.key()).append('=');
            line.append(change.before().map(Stored::value).orElse("∅")).append('→');
            line.append(change.after().map(Stored::value).orElse("∅"));
        }
        heard.add(line.toString());
        known = Math.max(known, revision);
        notifyAll();
    }

    @Override
    public synchronized void onProgress(long revision) {
        heard.add("progress " + revision);
        known = Math.max(known, revision);
        notifyAll();
    }

    synchronized List<String> heard() {
        return List.copyOf(heard);
    }

    /// What was told, without progress, once everything up to the revision is known.
    List<String> changesUpTo(long revision) {
        return await(listening -> listening.known >= revision).stream()
                .filter(line -> !line.startsWith("progress"))
                .toList();
    }

    synchronized List<String> await(Predicate<Listening> satisfied) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!satisfied.test(this)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("not heard in time; so far: " + heard);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return List.copyOf(heard);
    }
}
