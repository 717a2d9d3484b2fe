package io.fairlead.linux;

/// The kernel refused: what was tried, on what, why, and whether trying again may help.
///
/// The message is one sentence for people; the parts are there for code that decides.
public class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final String subject;
    private final Errno errno;

    protected LinuxException(String operation, String subject, Errno errno, String detail) {
        super(
                "cannot "
                        + operation
                        + (subject.isEmpty() ? "" : " " + subject)
                        + ": "
                        + errno
                        + (detail.isEmpty() ? "" : ": " + detail));
        this.operation = operation;
        this.subject = subject;
        this.errno = errno;
    }

    /// @param operation what was tried, as it would follow "cannot": `mount overlay on`
    /// @param subject what it was tried on: a path, a link, a process
    public static LinuxException of(String operation, String subject, Errno errno) {
        return new LinuxException(operation, subject, errno, "");
    }

    /// What was tried, as it would follow "cannot".
    public String operation() {
        return operation;
    }

    /// What it was tried on; may be empty.
    public String subject() {
        return subject;
    }

    /// The kernel's reason.
    public Errno errno() {
        return errno;
    }

    /// Whether the same call may succeed when it is simply made again.
    public boolean isRetryable() {
        return errno.isTransient();
    }
}
