package io.fairlead.linux;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/// Calls back when the kernel tells of changes, so that nobody has to look again and again.
///
/// One thread listens; any thread may close.
public final class ChangeWatch implements AutoCloseable {
    private final NetlinkNotifications notifications;
    private final AtomicInteger losses = new AtomicInteger();

    /// Held during a call back.
    private final ReentrantLock calling = new ReentrantLock();

    private volatile boolean isClosed;

    /// @param notifications closed with this
    public ChangeWatch(NetlinkNotifications notifications) {
        this.notifications = notifications;
    }

    /// How often notifications were lost.
    public int losses() {
        return losses.get();
    }

    /// Calls back after each delivery with a message that counts, and when some may have been missed, until this is closed. What happens during a call leads to one more
    /// call.
    ///
    /// Waits in native code: to be run by a platform thread of its own.
    public void listen(Predicate<NetlinkMessage> counts, Runnable changed) {
        while (true) {
            Optional<Boolean> isTouched = next(counts);
            if (isTouched.isEmpty()) {
                return;
            }
            if (isTouched.get()) {
                drain();
                call(changed);
            }
        }
    }

    private Optional<Boolean> next(Predicate<NetlinkMessage> counts) {
        try {
            return notifications.await().map(messages -> messages.stream().anyMatch(counts));
        } catch (NetlinkException e) {
            return Optional.of(isLoss(e));
        }
    }

    /// What else has happened already is covered by the same call.
    private void drain() {
        List<NetlinkMessage> more;
        do {
            try {
                more = notifications.poll();
            } catch (NetlinkException e) {
                isLoss(e);
                return;
            }
        } while (!more.isEmpty());
    }

    private boolean isLoss(NetlinkException e) {
        if (!e.errno().equals(Errno.ENOBUFS)) {
            throw e;
        }
        losses.incrementAndGet();
        return true;
    }

    private void call(Runnable changed) {
        calling.lock();
        try {
            if (!isClosed) {
                changed.run();
            }
        } finally {
            calling.unlock();
        }
    }

    /// Waits until a call back that is under way has ended; there is none afterwards.
    @Override
    public void close() {
        isClosed = true;
        notifications.close();
        // One that is under way is waited for; this one is not made.
        call(() -> {});
    }
}
