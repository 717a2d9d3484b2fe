package io.fairlead.linux;

/// What a BPF map is like.
///
/// @param name for people; 15 characters at most are kept
/// @param entriesMax how many elements there may be; 0 where sockets carry them
public record BpfMapShape(String name, Kind kind, int keyBytes, int valueBytes, int entriesMax) {
    /// How a map keeps its elements. Numbers from `enum bpf_map_type`.
    public enum Kind {
        /// Takes memory for the elements that are there, and refuses more than it may hold.
        HASH(1, 1),
        /// Forgets what was not used for the longest time when it is full.
        LEAST_RECENTLY_USED(9, 0),
        /// An element for a socket, that goes with it. Keys are four bytes, and programs alone write.
        SOCKET_STORAGE(24, 1);

        private final int number;
        private final int flags;

        Kind(int number, int flags) {
            this.number = number;
            this.flags = flags;
        }

        int number() {
            return number;
        }

        /// `BPF_F_NO_PREALLOC`, where it is possible or wanted.
        int flags() {
            return flags;
        }
    }

    public static BpfMapShape hash(String name, int keyBytes, int valueBytes, int entriesMax) {
        return new BpfMapShape(name, Kind.HASH, keyBytes, valueBytes, entriesMax);
    }

    public static BpfMapShape leastRecentlyUsed(
            String name, int keyBytes, int valueBytes, int entriesMax) {
        return new BpfMapShape(name, Kind.LEAST_RECENTLY_USED, keyBytes, valueBytes, entriesMax);
    }

    public static BpfMapShape socketStorage(String name, int valueBytes) {
        return new BpfMapShape(name, Kind.SOCKET_STORAGE, Integer.BYTES, valueBytes, 0);
    }
}
