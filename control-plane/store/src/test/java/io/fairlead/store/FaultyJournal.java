package io.fairlead.store;

import java.util.List;
import java.util.random.RandomGenerator;

/// A device that fails when told to: before it has written anything, or after it has written everything.
final class FaultyJournal implements Journal<String> {
    private final Journal<String> sound;
    private final RandomGenerator random;
    private volatile int faults;

    FaultyJournal(Journal<String> sound, RandomGenerator random) {
        this.sound = sound;
        this.random = random;
    }

    /// The next so many writes fail.
    void failNext(int count) {
        faults = count;
    }

    private void mayFail() {
        int left = faults;
        if (left > 0) {
            faults = left - 1;
            throw new StoreException("injected fault");
        }
    }

    @Override
    public Timeline<String> open() {
        return sound.open();
    }

    @Override
    public List<Moment<String>> moments(long afterRevision, long upToRevision) {
        return sound.moments(afterRevision, upToRevision);
    }

    @Override
    public void append(List<Row> rows) {
        if (random.nextBoolean()) {
            mayFail();
            sound.append(rows);
        } else {
            sound.append(rows);
            mayFail();
        }
    }

    @Override
    public void withdraw(long revision) {
        mayFail();
        sound.withdraw(revision);
    }

    @Override
    public void compact(long revision) {
        mayFail();
        sound.compact(revision);
    }

    @Override
    public void rest() {
        sound.rest();
    }

    @Override
    public void close() {
        sound.close();
    }
}
