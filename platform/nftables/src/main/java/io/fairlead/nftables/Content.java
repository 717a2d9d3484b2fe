package io.fairlead.nftables;

/// What an element holds beside its key: nothing in a set, data or a verdict in a map.
public sealed interface Content permits Tuple, Verdict, Content.None {
    /// The element of a set: being there is all it says.
    enum None implements Content {
        NONE
    }
}
