package io.fairlead.nftables;

import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One table, with what the kernel has of it as far as its owner knows: each change costs only the difference. What is not known is read; what cannot be
/// read is replaced in one batch.
///
/// One thread at a time.
public final class KeptTable {
    private static final System.Logger LOG = System.getLogger(KeptTable.class.getName());

    private final Kernel kernel;
    private final TableName name;

    /// Null when we do not know.
    private @Nullable Ruleset applied;

    /// @param kernel the caller closes it
    public KeptTable(Kernel kernel, TableName name) {
        this.kernel = kernel;
        this.name = name;
    }

    public TableName name() {
        return name;
    }

    /// What an earlier process left, from which the next change goes on; empty when there is nothing, or nothing that can be read.
    public Optional<Ruleset> takeOver() {
        try {
            applied = kernel.read(name).orElse(null);
        } catch (NftablesException e) {
            applied = null;
            LOG.log(Level.WARNING, "{0}; the table {1} is made anew", e.getMessage(), name);
        }
        return Optional.ofNullable(applied);
    }

    /// From now on the kernel is to have this.
    ///
    /// @throws NftablesException when even the whole table is refused
    public void bring(Ruleset wanted) {
        if (applied == null) {
            mend(wanted);
            return;
        }
        try {
            commit(wanted);
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; reading the table to start over", e.getMessage());
            mend(wanted);
        }
    }

    /// Compares what the kernel really has with what it is to have, and brings it there: to be called when somebody else was at the table.
    ///
    /// @return whether anything had to be done
    /// @throws NftablesException as [#bring]
    public boolean mend(Ruleset wanted) {
        try {
            if (takeOver().filter(wanted::equals).isPresent()) {
                applied = wanted;
                return false;
            }
            commit(wanted);
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; loading the whole table", e.getMessage());
            applied = null;
            commit(wanted);
        }
        return true;
    }

    private void commit(Ruleset wanted) {
        Ruleset known = applied;
        applied = null;
        kernel.commit(known == null ? Transaction.replace(wanted) : Diff.between(known, wanted));
        applied = wanted;
    }
}
