package io.fairlead.apiserver;

import java.util.random.RandomGenerator;

/// Lets many threads use one generator.
final class SharedRandom implements RandomGenerator {
    private final RandomGenerator random;

    SharedRandom(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public synchronized long nextLong() {
        return random.nextLong();
    }
}
