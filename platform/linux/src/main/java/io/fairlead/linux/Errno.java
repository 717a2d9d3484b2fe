package io.fairlead.linux;

import java.io.Serializable;
import java.util.Map;

/// A reason the kernel gives for refusing: the number from `errno`, with its symbolic name.
///
/// A record and not an enum, because the kernel may answer with numbers this table does not know.
///
/// @param code the positive number of `errno(3)`; 0 means success
public record Errno(int code) implements Serializable {
    public static final Errno EPERM = new Errno(1);
    public static final Errno ENOENT = new Errno(2);
    public static final Errno ESRCH = new Errno(3);
    public static final Errno EINTR = new Errno(4);
    public static final Errno EBADF = new Errno(9);
    public static final Errno ECHILD = new Errno(10);
    public static final Errno E2BIG = new Errno(7);
    public static final Errno EAGAIN = new Errno(11);
    public static final Errno ENOMEM = new Errno(12);
    public static final Errno EBUSY = new Errno(16);
    public static final Errno EEXIST = new Errno(17);
    public static final Errno ENODEV = new Errno(19);
    public static final Errno EINVAL = new Errno(22);
    public static final Errno ENOSPC = new Errno(28);
    public static final Errno ERANGE = new Errno(34);
    public static final Errno ENODATA = new Errno(61);
    public static final Errno EBADMSG = new Errno(74);
    public static final Errno EMSGSIZE = new Errno(90);
    public static final Errno EOPNOTSUPP = new Errno(95);
    public static final Errno EADDRNOTAVAIL = new Errno(99);
    public static final Errno ENETUNREACH = new Errno(101);
    public static final Errno ENOBUFS = new Errno(105);
    public static final Errno ETIMEDOUT = new Errno(110);

    private record Meaning(String name, String text) {}

    private static final Map<Integer, Meaning> MEANINGS =
            Map.ofEntries(
                    meaning(1, "EPERM", "operation not permitted"),
                    meaning(2, "ENOENT", "no such file or object"),
                    meaning(3, "ESRCH", "no such process or entry"),
                    meaning(4, "EINTR", "interrupted"),
                    meaning(5, "EIO", "input/output error"),
                    meaning(6, "ENXIO", "no such device or address"),
                    meaning(7, "E2BIG", "too long, or full"),
                    meaning(9, "EBADF", "bad file descriptor"),
                    meaning(10, "ECHILD", "no child process"),
                    meaning(11, "EAGAIN", "temporarily unavailable"),
                    meaning(12, "ENOMEM", "out of memory"),
                    meaning(13, "EACCES", "permission denied"),
                    meaning(14, "EFAULT", "bad address"),
                    meaning(16, "EBUSY", "in use"),
                    meaning(17, "EEXIST", "exists already"),
                    meaning(18, "EXDEV", "crosses devices"),
                    meaning(19, "ENODEV", "no such device"),
                    meaning(20, "ENOTDIR", "not a directory"),
                    meaning(21, "EISDIR", "is a directory"),
                    meaning(22, "EINVAL", "invalid argument"),
                    meaning(23, "ENFILE", "too many open files on this machine"),
                    meaning(24, "EMFILE", "too many open files in this process"),
                    meaning(25, "ENOTTY", "not a terminal"),
                    meaning(26, "ETXTBSY", "text file busy"),
                    meaning(28, "ENOSPC", "no space left"),
                    meaning(30, "EROFS", "read-only file system"),
                    meaning(31, "EMLINK", "too many links"),
                    meaning(32, "EPIPE", "broken pipe"),
                    meaning(34, "ERANGE", "out of range"),
                    meaning(36, "ENAMETOOLONG", "name too long"),
                    meaning(38, "ENOSYS", "not in this kernel"),
                    meaning(39, "ENOTEMPTY", "not empty"),
                    meaning(40, "ELOOP", "too many levels of links"),
                    meaning(61, "ENODATA", "no data"),
                    meaning(62, "ETIME", "timer expired"),
                    meaning(71, "EPROTO", "protocol error"),
                    meaning(74, "EBADMSG", "malformed message"),
                    meaning(75, "EOVERFLOW", "value too large"),
                    meaning(90, "EMSGSIZE", "message too long"),
                    meaning(93, "EPROTONOSUPPORT", "protocol not in this kernel"),
                    meaning(94, "ESOCKTNOSUPPORT", "socket type not in this kernel"),
                    meaning(95, "EOPNOTSUPP", "operation not supported"),
                    meaning(97, "EAFNOSUPPORT", "address family not supported"),
                    meaning(98, "EADDRINUSE", "address in use"),
                    meaning(99, "EADDRNOTAVAIL", "address not available"),
                    meaning(100, "ENETDOWN", "network is down"),
                    meaning(101, "ENETUNREACH", "network is unreachable"),
                    meaning(103, "ECONNABORTED", "connection aborted"),
                    meaning(104, "ECONNRESET", "connection reset"),
                    meaning(105, "ENOBUFS", "receive buffer overrun"),
                    meaning(107, "ENOTCONN", "not connected"),
                    meaning(110, "ETIMEDOUT", "timed out"),
                    meaning(111, "ECONNREFUSED", "connection refused"),
                    meaning(113, "EHOSTUNREACH", "no route to host"),
                    meaning(114, "EALREADY", "already under way"),
                    meaning(122, "EDQUOT", "quota exceeded"));

    private static Map.Entry<Integer, Meaning> meaning(int code, String name, String text) {
        return Map.entry(code, new Meaning(name, text));
    }

    /// The symbolic name, such as `EEXIST`; `errno 4711` for numbers this table does not know.
    public String name() {
        Meaning meaning = MEANINGS.get(code);
        return meaning == null ? "errno " + code : meaning.name();
    }

    /// Whether the same call may succeed when it is simply made again.
    public boolean isTransient() {
        return switch (code) {
            case 4, 11, 12, 16, 23, 24, 105 -> true;
            default -> false;
        };
    }

    /// For example `exists already (EEXIST)`.
    @Override
    public String toString() {
        Meaning meaning = MEANINGS.get(code);
        return meaning == null ? name() : meaning.text() + " (" + meaning.name() + ")";
    }
}
