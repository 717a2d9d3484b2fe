package io.fairlead.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The one door to the kernel: every system call goes through libc's `syscall`, so that a single
/// linked method serves all of them and a call costs no class of its own at start-up.
///
/// Nothing here decides anything; the types around it give calls their names, checks and owners.
final class SystemCalls {
    private static final boolean ARM =
            System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).equals("aarch64");

    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG),
                            Linker.Option.captureCallState("errno"));

    private SystemCalls() {}

    /// Numbers from `asm/unistd_64.h` and `asm-generic/unistd.h`.
    enum Call {
        READ(0, 63),
        WRITE(1, 64),
        CLOSE(3, 57),
        IOCTL(16, 29),
        SOCKET(41, 198),
        CONNECT(42, 203),
        SENDTO(44, 206),
        RECVFROM(45, 207),
        SENDMSG(46, 211),
        RECVMSG(47, 212),
        BIND(49, 200),
        LISTEN(50, 201),
        GETSOCKNAME(51, 204),
        SETSOCKOPT(54, 208),
        FCNTL(72, 25),
        FLOCK(73, 32),
        SETSID(112, 157),
        PRCTL(157, 167),
        MOUNT(165, 40),
        UMOUNT2(166, 39),
        LSETXATTR(189, 6),
        LGETXATTR(192, 9),
        EPOLL_CTL(233, 21),
        WAITID(247, 95),
        OPENAT(257, 56),
        MKNODAT(259, 33),
        PPOLL(271, 73),
        UNSHARE(272, 97),
        UTIMENSAT(280, 88),
        EPOLL_PWAIT(281, 22),
        ACCEPT4(288, 242),
        EVENTFD2(290, 19),
        EPOLL_CREATE1(291, 20),
        SYNCFS(306, 267),
        SETNS(308, 268),
        BPF(321, 280),
        PIDFD_SEND_SIGNAL(424, 424),
        MOVE_MOUNT(429, 429),
        FSOPEN(430, 430),
        FSCONFIG(431, 431),
        FSMOUNT(432, 432),
        PIDFD_OPEN(434, 434);

        private final int number;

        Call(int x86, int arm) {
            this.number = ARM ? arm : x86;
        }
    }

    static boolean isArm() {
        return ARM;
    }

    /// The call's result, or the negated errno.
    static long call(Call call, long... arguments) {
        long a = arguments.length > 0 ? arguments[0] : 0;
        long b = arguments.length > 1 ? arguments[1] : 0;
        long c = arguments.length > 2 ? arguments[2] : 0;
        long d = arguments.length > 3 ? arguments[3] : 0;
        long e = arguments.length > 4 ? arguments[4] : 0;
        long f = arguments.length > 5 ? arguments[5] : 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(CAPTURED);
            long result =
                    (long) SYSCALL.invokeExact(captured, (long) call.number, a, b, c, d, e, f);
            return result == -1 ? -(int) ERRNO.get(captured, 0L) : result;
        } catch (Throwable impossible) {
            throw new AssertionError(call.name(), impossible);
        }
    }

    /// Like [#call], made again as long as a signal interrupts it.
    static long restarting(Call call, long... arguments) {
        long result;
        do {
            result = call(call, arguments);
        } while (result == -Errno.EINTR.code());
        return result;
    }

    /// The result, or the reason as an exception.
    static long check(long result, String operation, String subject) {
        if (result < 0) {
            throw LinuxException.of(operation, subject, new Errno((int) -result));
        }
        return result;
    }

    static boolean failedWith(long result, Errno errno) {
        return result == -errno.code();
    }

    /// A path or name as the kernel wants it; lives as long as the arena.
    static long text(Arena arena, String text) {
        return arena.allocateFrom(text, StandardCharsets.UTF_8).address();
    }
}
