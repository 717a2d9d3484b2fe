package io.fairlead.nftables;

import java.util.List;
import java.util.Optional;

/// The nf_tables of one network namespace, as seen by one owner of a table. One thread at a time.
public interface Kernel extends AutoCloseable {
    /// Carries out all changes or none. Packets see the table before or after, though two look-ups of one packet may fall on both sides.
    ///
    /// @return the last counts of deleted elements, of sets that count; those of deleted tables are lost
    /// @throws NftablesException when a change is refused; it names the change, and nothing has been done
    List<ElementCount> commit(Transaction transaction);

    /// The counts of a set's elements that were looked up at all; empty when there is no such set.
    List<ElementCount> counts(TableName table, String set, SetShape shape);

    /// How many commits there were in the namespace, whoever made them and in whichever table, as far as 32 bits can tell. Between two calls only the
    /// difference means anything: it tells an owner whether somebody else was there.
    int generation();

    /// Reads a table back: what was committed, without what packets wrote. Empty when there is no such table.
    ///
    /// @throws NftablesException when the table has something in it that this module never writes
    Optional<Ruleset> read(TableName table);

    @Override
    void close();
}
