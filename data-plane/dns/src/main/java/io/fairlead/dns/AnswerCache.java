package io.fairlead.dns;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What upstream servers said lately. Owned by the server's event loop.
final class AnswerCache {
    private static final int ENTRIES_MAX = 10_000;

    /// Clusters keep no answer for longer, so that a change outside is seen soon.
    private static final int TTL_SECONDS_MAX = 30;

    private static final int NEGATIVE_TTL_SECONDS_MAX = 5;

    private record Kept(UpstreamMessage message, Instant stored, Instant expires) {}

    /// What makes two questions the same. Whether signatures were asked for, and checking was declined, changes the answer.
    record Key(String name, int type, int recordClass, boolean wantsDnssec, int flags) {
        static Key of(Query query) {
            return new Key(
                    query.name(),
                    query.type(),
                    query.recordClass(),
                    query.wantsDnssec(),
                    query.inheritedFlags());
        }
    }

    private final InstantSource clock;
    private final Map<Key, Kept> entries =
            new LinkedHashMap<>(64, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Kept> eldest) {
                    return size() > ENTRIES_MAX;
                }
            };

    AnswerCache(InstantSource clock) {
        this.clock = clock;
    }

    Optional<Answer.Relayed> find(Key key) {
        Kept entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        if (!now.isBefore(entry.expires())) {
            entries.remove(key);
            return Optional.empty();
        }
        int age = (int) Math.max(0, now.getEpochSecond() - entry.stored().getEpochSecond());
        return Optional.of(new Answer.Relayed(entry.message(), age));
    }

    void keep(Key key, UpstreamMessage message) {
        boolean isPositive = message.code() == 0 && message.answerCount() > 0;
        int ttl =
                Math.min(
                        message.ttlSeconds(),
                        isPositive ? TTL_SECONDS_MAX : NEGATIVE_TTL_SECONDS_MAX);
        if (message.mayBeKept() && ttl > 0) {
            Instant now = clock.instant();
            entries.put(key, new Kept(message, now, now.plusSeconds(ttl)));
        }
    }
}
