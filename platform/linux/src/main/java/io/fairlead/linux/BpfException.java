package io.fairlead.linux;

/// The kernel refused something about BPF; for a program with what its verifier had to say.
public final class BpfException extends LinuxException {
    private static final long serialVersionUID = 1L;
    private static final int LINES_IN_MESSAGE = 3;

    private final String verifierLog;

    BpfException(String operation, String subject, Errno errno, String verifierLog) {
        super(operation, subject, errno, lastLines(verifierLog));
        this.verifierLog = verifierLog;
    }

    /// What the verifier wrote while it went through the program; empty when it was not asked.
    public String verifierLog() {
        return verifierLog;
    }

    private static String lastLines(String log) {
        String[] lines = log.strip().split("\n", -1);
        int begin = Math.max(0, lines.length - LINES_IN_MESSAGE);
        return String.join("; ", java.util.Arrays.asList(lines).subList(begin, lines.length));
    }
}
