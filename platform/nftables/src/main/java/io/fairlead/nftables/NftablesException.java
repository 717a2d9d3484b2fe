package io.fairlead.nftables;

import io.fairlead.linux.Errno;
import java.util.Optional;

/// nf_tables refused a transaction, or said something that this module does not understand. Nothing of a refused transaction is in effect.
public final class NftablesException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int SET_IS_FULL = 23;

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
        // The kernel has no better word for it.
        boolean isFull = culprit instanceof Change.AddElements && errno.code() == SET_IS_FULL;
        return new NftablesException(table, culprit, errno, isFull ? "the set is full" : detail);
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
