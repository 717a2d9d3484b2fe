package io.fairlead.proxy;

/// The words in a flow's mark: which endpoint set a flow belongs to, and what its frontend's entry says beside that. Kept in the flow for its
/// life, so that one look-up tells all.
final class Mark {
    /// The flow leaves with the node's address as source.
    static final int MASQUERADE = 0x80000000;

    /// Only some sources may connect.
    static final int SOURCES_LIMITED = 0x40000000;

    /// Which of the affinity maps remembers this client; 0 for none.
    static final int AFFINITY = 0x0f000000;

    static final int AFFINITY_SHIFT = 24;

    static final int SET = 0x00ffffff;

    /// Instead of a set: nobody serves, and the client hears it.
    static final int REFUSE = 1;

    /// Instead of a set: nobody hears anything.
    static final int DROP = 2;

    /// The first number that is a set.
    static final int FIRST_SET = 16;

    private Mark() {}
}
