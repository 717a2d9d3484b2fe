package io.fairlead.linux;

import static io.fairlead.linux.BpfCalls.Command.BTF_LOAD;
import static io.fairlead.linux.BpfCalls.Command.MAP_CREATE;
import static io.fairlead.linux.BpfCalls.Command.MAP_DELETE_ELEM;
import static io.fairlead.linux.BpfCalls.Command.MAP_GET_NEXT_KEY;
import static io.fairlead.linux.BpfCalls.Command.MAP_LOOKUP_BATCH;
import static io.fairlead.linux.BpfCalls.Command.MAP_LOOKUP_ELEM;
import static io.fairlead.linux.BpfCalls.Command.MAP_UPDATE_BATCH;
import static io.fairlead.linux.BpfCalls.Command.MAP_UPDATE_ELEM;
import static io.fairlead.linux.BpfCalls.Command.OBJ_GET_INFO_BY_FD;

import io.fairlead.linux.BpfCalls.Attributes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A map that BPF programs and this process share. Keys and values are bytes, of lengths that the map was made with.
///
/// Safe for use by many threads; one who reads all elements while others write may meet an element twice or not at all.
public final class BpfMap implements AutoCloseable {
    private static final int BATCH = 4096;
    private static final int ANY = 0;
    private static final int IF_ABSENT = 1;
    private static final int INFO_BYTES = 88;

    private final BpfMapShape shape;
    private final Descriptor descriptor;

    /// One element.
    public static final class Entry {
        private final byte[] key;
        private final byte[] value;

        /// The arrays are not copied, and must not be written any more.
        public Entry(byte[] key, byte[] value) {
            this.key = key;
            this.value = value;
        }

        public byte[] key() {
            return key;
        }

        public byte[] value() {
            return value;
        }
    }

    private BpfMap(BpfMapShape shape, Descriptor descriptor) {
        this.shape = shape;
        this.descriptor = descriptor;
    }

    public static BpfMap create(BpfMapShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, shape.kind().number())
                            .put(4, shape.keyBytes())
                            .put(8, shape.valueBytes())
                            .put(12, shape.entriesMax())
                            .put(16, shape.kind().flags())
                            .putName(28, shape.name());
            if (shape.kind() != BpfMapShape.Kind.SOCKET_STORAGE) {
                return created(shape, attributes);
            }
            try (Descriptor types = loadTypes(arena, shape)) {
                attributes.put(48, types.number()).put(52, BpfTypes.KEY).put(56, BpfTypes.VALUE);
                return created(shape, attributes);
            }
        }
    }

    private static BpfMap created(BpfMapShape shape, Attributes attributes) {
        long result = BpfCalls.call(MAP_CREATE, attributes);
        return new BpfMap(
                shape, new Descriptor(BpfCalls.check(result, "create BPF map", shape.name())));
    }

    /// Storage in sockets has to come with a description of its types.
    private static Descriptor loadTypes(Arena arena, BpfMapShape shape) {
        byte[] types = BpfTypes.numberAndBytes(shape.valueBytes());
        Attributes attributes =
                new Attributes(arena)
                        .put(0, arena.allocateFrom(ValueLayout.JAVA_BYTE, types))
                        .put(16, types.length);
        return new Descriptor(
                BpfCalls.check(
                        BpfCalls.call(BTF_LOAD, attributes),
                        "describe the types of BPF map",
                        shape.name()));
    }

    /// The map pinned there; empty when there is none.
    ///
    /// @throws IllegalStateException when it has another shape
    public static Optional<BpfMap> find(Path file, BpfMapShape shape) {
        return BpfFileSystem.find(file)
                .map(descriptor -> {
                    if (!hasShape(descriptor, shape)) {
                        descriptor.close();
                        throw new IllegalStateException(
                                "the BPF map at " + file + " is not what this program knows as it");
                    }
                    return new BpfMap(shape, descriptor);
                });
    }

    private static boolean hasShape(Descriptor descriptor, BpfMapShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, 8);
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, descriptor.number())
                            .put(4, INFO_BYTES)
                            .put(8, info);
            long result = BpfCalls.call(OBJ_GET_INFO_BY_FD, attributes);
            // A program or a link has an answer of its own, with other numbers in these places.
            return result >= 0
                    && info.get(ValueLayout.JAVA_INT, 0) == shape.kind().number()
                    && info.get(ValueLayout.JAVA_INT, 8) == shape.keyBytes()
                    && info.get(ValueLayout.JAVA_INT, 12) == shape.valueBytes()
                    && info.get(ValueLayout.JAVA_INT, 16) == shape.entriesMax();
        }
    }

    public BpfMapShape shape() {
        return shape;
    }

    int number() {
        return descriptor.number();
    }

    public void pin(Path file) {
        BpfFileSystem.pin(descriptor, file);
    }

    /// Writes an element, in one step for programs that are reading.
    ///
    /// @throws BpfException with [Errno#E2BIG] when the map is full
    public void put(byte[] key, byte[] value) {
        check(update(key, value, ANY), "write to");
    }

    /// Writes an element unless the key is there.
    public void putIfAbsent(byte[] key, byte[] value) {
        long result = update(key, value, IF_ABSENT);
        if (!SystemCalls.failedWith(result, Errno.EEXIST)) {
            check(result, "write to");
        }
    }

    private long update(byte[] key, byte[] value, int flags) {
        requireLengths(key, value);
        try (Arena arena = Arena.ofConfined()) {
            return BpfCalls.call(
                    MAP_UPDATE_ELEM,
                    element(arena, key)
                            .put(16, arena.allocateFrom(ValueLayout.JAVA_LONG, words(value)))
                            .putLong(24, flags));
        }
    }

    /// Writes many elements, in order.
    public void putAll(List<Entry> entries) {
        for (int from = 0; from < entries.size(); from += BATCH) {
            putBatch(entries.subList(from, Math.min(entries.size(), from + BATCH)));
        }
    }

    private void putBatch(List<Entry> entries) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate((long) entries.size() * shape.keyBytes(), 8);
            MemorySegment values = arena.allocate((long) entries.size() * shape.valueBytes(), 8);
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                requireLengths(entry.key(), entry.value());
                write(keys, (long) i * shape.keyBytes(), entry.key());
                write(values, (long) i * shape.valueBytes(), entry.value());
            }
            Attributes attributes =
                    new Attributes(arena)
                            .put(16, keys)
                            .put(24, values)
                            .put(32, entries.size())
                            .put(36, descriptor.number());
            check(BpfCalls.call(MAP_UPDATE_BATCH, attributes), "write to");
        }
    }

    public Optional<byte[]> find(byte[] key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(shape.valueBytes(), 8);
            long result = BpfCalls.call(MAP_LOOKUP_ELEM, element(arena, key).put(16, value));
            if (SystemCalls.failedWith(result, Errno.ENOENT)) {
                return Optional.empty();
            }
            check(result, "read from");
            return Optional.of(read(value, 0, shape.valueBytes()));
        }
    }

    /// @return whether it was there
    public boolean delete(byte[] key) {
        try (Arena arena = Arena.ofConfined()) {
            long result = BpfCalls.call(MAP_DELETE_ELEM, element(arena, key));
            if (SystemCalls.failedWith(result, Errno.ENOENT)) {
                return false;
            }
            check(result, "delete from");
            return true;
        }
    }

    /// All elements.
    public List<Entry> entries() {
        return shape.kind() == BpfMapShape.Kind.HASH ? inBatches() : oneByOne();
    }

    private List<Entry> inBatches() {
        List<Entry> found = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            int size = BATCH;
            MemorySegment position = arena.allocate(Math.max(8, shape.keyBytes()), 8);
            boolean isFirst = true;
            while (true) {
                MemorySegment keys = arena.allocate((long) size * shape.keyBytes(), 8);
                MemorySegment values = arena.allocate((long) size * shape.valueBytes(), 8);
                Attributes attributes =
                        new Attributes(arena)
                                .put(0, isFirst ? MemorySegment.NULL : position)
                                .put(8, position)
                                .put(16, keys)
                                .put(24, values)
                                .put(32, size)
                                .put(36, descriptor.number());
                long result = BpfCalls.call(MAP_LOOKUP_BATCH, attributes);
                if (SystemCalls.failedWith(result, Errno.ENOSPC)) {
                    // Whole buckets only: one is longer than what there was room for.
                    size *= 2;
                    continue;
                }
                boolean isLast = SystemCalls.failedWith(result, Errno.ENOENT);
                if (!isLast) {
                    check(result, "read from");
                }
                for (int i = 0; i < attributes.number(32); i++) {
                    found.add(
                            new Entry(
                                    read(keys, (long) i * shape.keyBytes(), shape.keyBytes()),
                                    read(
                                            values,
                                            (long) i * shape.valueBytes(),
                                            shape.valueBytes())));
                }
                if (isLast) {
                    return found;
                }
                isFirst = false;
            }
        }
    }

    private List<Entry> oneByOne() {
        List<Entry> found = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment next = arena.allocate(shape.keyBytes(), 8);
            long result =
                    BpfCalls.call(
                            MAP_GET_NEXT_KEY, new Attributes(arena).put(0, number()).put(16, next));
            while (result >= 0) {
                byte[] key = read(next, 0, shape.keyBytes());
                find(key).ifPresent(value -> found.add(new Entry(key, value)));
                try (Arena step = Arena.ofConfined()) {
                    result = BpfCalls.call(MAP_GET_NEXT_KEY, element(step, key).put(16, next));
                }
            }
            if (!SystemCalls.failedWith(result, Errno.ENOENT)) {
                check(result, "read from");
            }
        }
        return found;
    }

    private Attributes element(Arena arena, byte[] key) {
        if (key.length != shape.keyBytes()) {
            throw new IllegalArgumentException("a key of " + shape.name() + " has another length");
        }
        return new Attributes(arena)
                .put(0, descriptor.number())
                .put(8, arena.allocateFrom(ValueLayout.JAVA_LONG, words(key)));
    }

    private void requireLengths(byte[] key, byte[] value) {
        if (key.length != shape.keyBytes() || value.length != shape.valueBytes()) {
            throw new IllegalArgumentException(
                    "an element of " + shape.name() + " has another length");
        }
    }

    private static long[] words(byte[] bytes) {
        long[] words = new long[(bytes.length + 7) / 8];
        MemorySegment.copy(
                MemorySegment.ofArray(bytes), 0, MemorySegment.ofArray(words), 0, bytes.length);
        return words;
    }

    private static void write(MemorySegment segment, long offset, byte[] bytes) {
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    private static byte[] read(MemorySegment segment, long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }

    private void check(long result, String operation) {
        BpfCalls.check(result, operation + " BPF map", shape.name());
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return "BPF map " + shape.name();
    }
}
