package io.fairlead.nftables;

/// A table's name, unique within its family in a network namespace.
public record TableName(Family family, String name) {
    /// Whose packets a table sees.
    public enum Family {
        IP("ip", 2),
        IP6("ip6", 10),
        /// Frames that a bridge passes on.
        BRIDGE("bridge", 7);

        private final String keyword;
        private final int number;

        Family(String keyword, int number) {
            this.keyword = keyword;
            this.number = number;
        }

        public String keyword() {
            return keyword;
        }

        /// `NFPROTO_…`
        int number() {
            return number;
        }
    }

    @Override
    public String toString() {
        return family.keyword() + " " + name;
    }
}
