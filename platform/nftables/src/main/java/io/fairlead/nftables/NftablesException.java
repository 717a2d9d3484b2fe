package io.fairlead.nftables;

import io.fairlead.linux.Errno;
import java.util.Optional;

/// nf_tables refused a transaction, or said something that this module does not understand. Nothing of a refused transaction is in effect.
public final class NftablesException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Optional<Change> culprit;
    private final transient Optional<Errno> errno;

    public NftablesException(String message) {
        super(message);
        culprit = Optional.empty();
        errno = Optional.empty();
    }

    private NftablesException(TableName table, Change culprit, Errno errno, String detail) {
        super(
                "cannot "
                        + culprit.describe()
                        + " in table "
                        + table
                        + ": "
                        + errno
                        + (detail.isEmpty() ? "" : ": " + detail));
        this.culprit = Optional.of(culprit);
        this.errno = Optional.of(errno);
    }

    static NftablesException refused(TableName table, Change culprit, Errno errno, String detail) {
        return new NftablesException(table, culprit, errno, detail);
    }

    /// The change that could not be made.
    public Optional<Change> culprit() {
        return culprit;
    }

    /// The kernel's reason.
    public Optional<Errno> errno() {
        return errno;
    }
}
