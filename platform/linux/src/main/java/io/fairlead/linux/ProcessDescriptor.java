package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;

/// A process held by descriptor (`pidfd`): it stays this process even when its number is used again
/// for another one.
public final class ProcessDescriptor implements AutoCloseable {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;

    private static final int P_PIDFD = 3;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int CLD_EXITED = 1;
    private static final int PR_SET_CHILD_SUBREAPER = 36;

    private final Descriptor descriptor;
    private final long pid;

    private ProcessDescriptor(Descriptor descriptor, long pid) {
        this.descriptor = descriptor;
        this.pid = pid;
    }

    /// @return empty when there is no such process
    public static Optional<ProcessDescriptor> open(long pid) {
        long result = SystemCalls.call(SystemCalls.Call.PIDFD_OPEN, pid, 0);
        if (SystemCalls.failedWith(result, Errno.ESRCH)) {
            return Optional.empty();
        }
        SystemCalls.check(result, "open process", Long.toString(pid));
        return Optional.of(new ProcessDescriptor(new Descriptor(result), pid));
    }

    /// Makes this process the parent of its descendants' orphans, so that their exit codes can be
    /// read. Each of them must then be watched ([ProcessWatcher]) or [reaped][#reap].
    public static void adoptOrphans() {
        SystemCalls.check(
                SystemCalls.call(SystemCalls.Call.PRCTL, PR_SET_CHILD_SUBREAPER, 1),
                "adopt orphans",
                "");
    }

    /// Leaves the caller's session and terminal, so that their end is not this process's end.
    ///
    /// @return false when this process leads a process group and therefore cannot
    public static boolean leaveSession() {
        long result = SystemCalls.call(SystemCalls.Call.SETSID);
        if (SystemCalls.failedWith(result, Errno.EPERM)) {
            return false;
        }
        SystemCalls.check(result, "leave session", "");
        return true;
    }

    public long pid() {
        return pid;
    }

    /// @param signal for example [#SIGTERM]
    /// @return false when the process has ended and been reaped
    public boolean signal(int signal) {
        long result =
                SystemCalls.call(
                        SystemCalls.Call.PIDFD_SEND_SIGNAL, descriptor.number(), signal, 0, 0);
        if (SystemCalls.failedWith(result, Errno.ESRCH)) {
            return false;
        }
        SystemCalls.check(result, "send signal " + signal + " to", toString());
        return true;
    }

    public boolean hasEnded() {
        return descriptor.await(Descriptor.POLLIN, Duration.ZERO);
    }

    /// @return whether it has ended; false after the timeout
    public boolean awaitEnd(Duration timeout) {
        return descriptor.await(Descriptor.POLLIN, timeout);
    }

    /// Takes the exit status of a child (or adopted orphan) that has ended, which frees its number.
    ///
    /// @return empty while it runs; [ProcessExit#UNKNOWN] when it has ended but is not this
    ///     process's child, or was reaped before
    public Optional<ProcessExit> reap() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(128, 8);
            long result =
                    SystemCalls.restarting(
                            SystemCalls.Call.WAITID,
                            P_PIDFD,
                            descriptor.number(),
                            status.address(),
                            WEXITED | WNOHANG,
                            0);
            if (SystemCalls.failedWith(result, Errno.ECHILD)) {
                return hasEnded() ? Optional.of(ProcessExit.UNKNOWN) : Optional.empty();
            }
            SystemCalls.check(result, "wait for", toString());
            // siginfo_t: si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status.
            if (status.get(ValueLayout.JAVA_INT, 0) == 0) {
                return Optional.empty();
            }
            int number = status.get(ValueLayout.JAVA_INT, 24);
            return Optional.of(
                    status.get(ValueLayout.JAVA_INT, 8) == CLD_EXITED
                            ? new ProcessExit(ProcessExit.Kind.EXITED, number)
                            : new ProcessExit(ProcessExit.Kind.SIGNALLED, number));
        }
    }

    int descriptorNumber() {
        return descriptor.number();
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return "process " + pid;
    }
}
