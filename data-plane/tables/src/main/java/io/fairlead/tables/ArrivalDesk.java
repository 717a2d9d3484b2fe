package io.fairlead.tables;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Where one asks whether something is in effect, and may wait until it is. Safe for use by many threads; it has none of its own.
///
/// @param <R> what is in effect
public final class ArrivalDesk<R> {
    public static final Duration PATIENCE_MAX = Duration.ofSeconds(60);

    private final Supplier<Optional<R>> inEffect;
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();

    public ArrivalDesk(Supplier<Optional<R>> inEffect) {
        this.inEffect = inEffect;
    }

    /// How long somebody is ready to wait who says so in seconds, such as `10` or `0.25`; not at all who says nothing.
    ///
    /// @throws IllegalArgumentException when it is no number
    public static Duration patience(Optional<String> seconds) {
        return seconds.map(BigDecimal::new)
                .map(it -> it.min(BigDecimal.valueOf(PATIENCE_MAX.toSeconds())))
                .map(it -> Duration.ofMillis(it.movePointRight(3).longValue()))
                .orElse(Duration.ZERO);
    }

    /// Someone who waits for an answer.
    public final class Waiting {
        private final ArrivalQuestion<R> question;
        private final Consumer<JsonObject> reply;
        private final AtomicBoolean isAnswered = new AtomicBoolean();

        private Waiting(ArrivalQuestion<R> question, Consumer<JsonObject> reply) {
            this.question = question;
            this.reply = reply;
        }

        private boolean isArrived(Optional<R> now) {
            return now.filter(question::isArrived).isPresent();
        }

        private void answer(Optional<R> now) {
            if (isAnswered.compareAndSet(false, true)) {
                reply.accept(question.state(now).with("arrived", Json.of(isArrived(now))));
            }
        }

        /// Nobody waits any longer.
        public void leave() {
            waiting.remove(this);
        }
    }

    /// Replies once, with what the question tells and `"arrived"`: when it is so, or when patience is over. On the caller's thread, that of [#changed]
    /// or the timer's.
    ///
    /// @param patience at most [#PATIENCE_MAX]; zero for an answer at once
    public Waiting ask(
            ArrivalQuestion<R> question,
            Duration patience,
            ScheduledExecutorService timer,
            Consumer<JsonObject> reply) {
        Waiting asker = new Waiting(question, reply);
        waiting.add(asker);
        // Looked at after it is listed, so that nothing can arrive in between unseen.
        Optional<R> now = inEffect.get();
        if (!patience.isPositive() || asker.isArrived(now)) {
            asker.leave();
            asker.answer(now);
            return asker;
        }
        Duration limit = patience.compareTo(PATIENCE_MAX) > 0 ? PATIENCE_MAX : patience;
        var _ =
                timer.schedule(
                        () -> {
                            asker.leave();
                            asker.answer(inEffect.get());
                        },
                        limit.toMillis(),
                        TimeUnit.MILLISECONDS);
        return asker;
    }

    /// To be called whenever something else is in effect.
    public void changed() {
        if (waiting.isEmpty()) {
            return;
        }
        Optional<R> now = inEffect.get();
        waiting.removeIf(asker -> {
            boolean isArrived = asker.isArrived(now);
            if (isArrived) {
                asker.answer(now);
            }
            return isArrived;
        });
    }
}
