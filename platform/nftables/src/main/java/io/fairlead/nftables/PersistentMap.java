package io.fairlead.nftables;

import java.util.AbstractCollection;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An immutable map whose versions share what they have in common, so that two of them are compared in the time their difference
/// takes: the reason for it to exist, since rulesets hold many elements of which few change. A hash trie, 32 ways.
///
/// Iteration order depends on hash codes only, not on history.
public final class PersistentMap<K, V> {
    private static final int BITS = 5;
    private static final PersistentMap<?, ?> EMPTY =
            new PersistentMap<>(new Branch<Object, Object>(0, array()), 0);

    private final Node<K, V> root;
    private final int size;

    private PersistentMap(Node<K, V> root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // An empty map has no element of a wrong type.
    public static <K, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public @Nullable V get(K key) {
        int hash = key.hashCode();
        Node<K, V> node = root;
        for (int shift = 0; ; shift += BITS) {
            switch (node) {
                case Branch<K, V> branch -> {
                    int bit = bit(hash, shift);
                    if ((branch.bitmap & bit) == 0) {
                        return null;
                    }
                    node = branch.children[branch.index(bit)];
                }
                case Leaf<K, V> leaf -> {
                    return find(leaf, key);
                }
            }
        }
    }

    public boolean contains(K key) {
        return get(key) != null;
    }

    /// This map with the key leading to that value; this very map if it does already.
    public PersistentMap<K, V> with(K key, V value) {
        V before = get(key);
        if (value.equals(before)) {
            return this;
        }
        return new PersistentMap<>(
                with(root, key.hashCode(), 0, key, value), before == null ? size + 1 : size);
    }

    /// This map without the key; this very map if it has none such.
    public PersistentMap<K, V> without(K key) {
        if (!contains(key)) {
            return this;
        }
        if (size == 1) {
            return empty();
        }
        Node<K, V> remaining = Objects.requireNonNull(without(root, key.hashCode(), 0, key));
        return new PersistentMap<>(remaining, size - 1);
    }

    /// The values, as a view.
    public Collection<V> values() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<V> iterator() {
                Iterator<Leaf<K, V>> leaves = new LeafIterator<>(root);
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return leaves.hasNext();
                    }

                    @Override
                    public V next() {
                        return leaves.next().value;
                    }
                };
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /// Hears of one key that two maps disagree on; at least one side is present.
    public interface Difference<K, V> {
        void at(K key, @Nullable V before, @Nullable V after);
    }

    /// Tells every key on which this map and a later one disagree, passing over all that they share.
    public void differencesTo(PersistentMap<K, V> after, Difference<K, V> difference) {
        compare(root, after.root, difference);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof PersistentMap<?, ?> that) || that.size != size) {
            return false;
        }
        return isSame(root, that.root);
    }

    @Override
    public int hashCode() {
        int hash = 0;
        Iterator<Leaf<K, V>> leaves = new LeafIterator<>(root);
        while (leaves.hasNext()) {
            Leaf<K, V> leaf = leaves.next();
            hash += leaf.hash ^ leaf.value.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        Map<K, V> all = new LinkedHashMap<>();
        collect(root, all);
        return all.toString();
    }

    private sealed interface Node<K, V> permits Branch, Leaf {}

    private static final class Branch<K, V> implements Node<K, V> {
        final int bitmap;
        final Node<K, V>[] children;

        Branch(int bitmap, Node<K, V>[] children) {
            this.bitmap = bitmap;
            this.children = children;
        }

        int index(int bit) {
            return Integer.bitCount(bitmap & (bit - 1));
        }
    }

    /// One key. Keys with the very same hash code hang below each other.
    private static final class Leaf<K, V> implements Node<K, V> {
        final int hash;
        final K key;
        final V value;
        final @Nullable Leaf<K, V> next;

        Leaf(int hash, K key, V value, @Nullable Leaf<K, V> next) {
            this.hash = hash;
            this.key = key;
            this.value = value;
            this.next = next;
        }
    }

    private static int bit(int hash, int shift) {
        return 1 << ((hash >>> shift) & 31);
    }

    private static <K, V> @Nullable V find(Leaf<K, V> first, K key) {
        for (Leaf<K, V> leaf = first; leaf != null; leaf = leaf.next) {
            if (leaf.key.equals(key)) {
                return leaf.value;
            }
        }
        return null;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // Arrays know nothing of type parameters.
    private static <K, V> Node<K, V>[] array(Node... nodes) {
        return nodes;
    }

    private static <K, V> Node<K, V> with(Node<K, V> node, int hash, int shift, K key, V value) {
        return switch (node) {
            case Leaf<K, V> leaf when leaf.hash == hash ->
                    new Leaf<>(hash, key, value, dropped(leaf, key));
            case Leaf<K, V> leaf -> {
                Branch<K, V> parent = new Branch<>(bit(leaf.hash, shift), array(leaf));
                yield with(parent, hash, shift, key, value);
            }
            case Branch<K, V> branch -> {
                int bit = bit(hash, shift);
                int index = branch.index(bit);
                if ((branch.bitmap & bit) != 0) {
                    Node<K, V>[] children = branch.children.clone();
                    children[index] = with(children[index], hash, shift + BITS, key, value);
                    yield new Branch<>(branch.bitmap, children);
                }
                Node<K, V>[] children = Arrays.copyOf(branch.children, branch.children.length + 1);
                System.arraycopy(
                        branch.children,
                        index,
                        children,
                        index + 1,
                        branch.children.length - index);
                children[index] = new Leaf<>(hash, key, value, null);
                yield new Branch<>(branch.bitmap | bit, children);
            }
        };
    }

    private static <K, V> @Nullable Node<K, V> without(
            Node<K, V> node, int hash, int shift, K key) {
        return switch (node) {
            case Leaf<K, V> leaf -> dropped(leaf, key);
            case Branch<K, V> branch -> {
                int bit = bit(hash, shift);
                int index = branch.index(bit);
                Node<K, V> child = without(branch.children[index], hash, shift + BITS, key);
                if (child != null && branch.children.length == 1 && child instanceof Leaf) {
                    yield shift == 0 ? new Branch<>(branch.bitmap, array(child)) : child;
                }
                if (child != null) {
                    Node<K, V>[] children = branch.children.clone();
                    children[index] = child;
                    yield new Branch<>(branch.bitmap, children);
                }
                int left = branch.children.length - 1;
                if (left == 0) {
                    yield null;
                }
                if (left == 1 && shift > 0 && branch.children[1 - index] instanceof Leaf) {
                    yield branch.children[1 - index];
                }
                Node<K, V>[] children = Arrays.copyOf(branch.children, left);
                System.arraycopy(branch.children, index + 1, children, index, left - index);
                yield new Branch<>(branch.bitmap & ~bit, children);
            }
        };
    }

    private static <K, V> @Nullable Leaf<K, V> dropped(@Nullable Leaf<K, V> leaf, K key) {
        if (leaf == null) {
            return null;
        }
        if (leaf.key.equals(key)) {
            return leaf.next;
        }
        return new Leaf<>(leaf.hash, leaf.key, leaf.value, dropped(leaf.next, key));
    }

    private static <K, V> void compare(
            @Nullable Node<K, V> before, @Nullable Node<K, V> after, Difference<K, V> difference) {
        if (before == after) {
            return;
        }
        if (before instanceof Branch<K, V> old && after instanceof Branch<K, V> fresh) {
            for (int bits = old.bitmap | fresh.bitmap; bits != 0; bits &= bits - 1) {
                int bit = Integer.lowestOneBit(bits);
                compare(child(old, bit), child(fresh, bit), difference);
            }
            return;
        }
        Map<K, V> old = new LinkedHashMap<>();
        Map<K, V> fresh = new LinkedHashMap<>();
        collect(before, old);
        collect(after, fresh);
        old.forEach((key, value) -> {
            V now = fresh.remove(key);
            if (!value.equals(now)) {
                difference.at(key, value, now);
            }
        });
        fresh.forEach((key, value) -> difference.at(key, null, value));
    }

    /// Like [#compare], parts that two versions share are not looked at.
    private static boolean isSame(Node<?, ?> one, Node<?, ?> other) {
        if (one == other) {
            return true;
        }
        if (one instanceof Branch<?, ?> left && other instanceof Branch<?, ?> right) {
            if (left.bitmap != right.bitmap) {
                return false;
            }
            for (int i = 0; i < left.children.length; i++) {
                if (!isSame(left.children[i], right.children[i])) {
                    return false;
                }
            }
            return true;
        }
        if (one instanceof Leaf<?, ?> left && other instanceof Leaf<?, ?> right) {
            Map<Object, Object> all = new LinkedHashMap<>();
            Map<Object, Object> others = new LinkedHashMap<>();
            for (Leaf<?, ?> leaf = left; leaf != null; leaf = leaf.next) {
                all.put(leaf.key, leaf.value);
            }
            for (Leaf<?, ?> leaf = right; leaf != null; leaf = leaf.next) {
                others.put(leaf.key, leaf.value);
            }
            return all.equals(others);
        }
        return false;
    }

    private static <K, V> @Nullable Node<K, V> child(Branch<K, V> branch, int bit) {
        return (branch.bitmap & bit) == 0 ? null : branch.children[branch.index(bit)];
    }

    private static <K, V> void collect(@Nullable Node<K, V> node, Map<K, V> into) {
        switch (node) {
            case null -> {}
            case Leaf<K, V> first -> {
                for (Leaf<K, V> leaf = first; leaf != null; leaf = leaf.next) {
                    into.put(leaf.key, leaf.value);
                }
            }
            case Branch<K, V> branch -> {
                for (Node<K, V> child : branch.children) {
                    collect(child, into);
                }
            }
        }
    }

    private static final class LeafIterator<K, V> implements Iterator<Leaf<K, V>> {
        private final Deque<Node<K, V>> ahead = new ArrayDeque<>();

        LeafIterator(Node<K, V> root) {
            ahead.push(root);
            unfold();
        }

        @Override
        public boolean hasNext() {
            return !ahead.isEmpty();
        }

        @Override
        public Leaf<K, V> next() {
            if (!(ahead.poll() instanceof Leaf<K, V> leaf)) {
                throw new NoSuchElementException();
            }
            if (leaf.next != null) {
                ahead.push(leaf.next);
            }
            unfold();
            return leaf;
        }

        private void unfold() {
            while (ahead.peek() instanceof Branch<K, V> branch) {
                ahead.pop();
                for (int i = branch.children.length - 1; i >= 0; i--) {
                    ahead.push(branch.children[i]);
                }
            }
        }
    }
}
