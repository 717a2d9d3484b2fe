package io.fairlead.nftables;

import java.net.InetAddress;
import java.util.Arrays;

/// A key, or a map's data: the contents of as many 32-bit registers as its [TupleType] has words. Values are plain numbers here
/// (port 80 is 80); byte orders are the codec's business. Immutable.
public final class Tuple implements Comparable<Tuple>, Content {
    private final int[] words;

    private Tuple(int[] words) {
        this.words = words;
    }

    public static Tuple of(int... words) {
        return new Tuple(words.clone());
    }

    /// An address alone: one word for IPv4, four for IPv6.
    public static Tuple of(InetAddress address) {
        return new Tuple(words(address.getAddress()));
    }

    /// An address followed by more words.
    public static Tuple of(InetAddress address, int... more) {
        int[] first = words(address.getAddress());
        int[] words = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, words, first.length, more.length);
        return new Tuple(words);
    }

    private static int[] words(byte[] address) {
        int[] words = new int[address.length / 4];
        for (int i = 0; i < address.length; i++) {
            words[i / 4] = (words[i / 4] << 8) | (address[i] & 0xff);
        }
        return words;
    }

    /// This one's words followed by another's.
    public Tuple then(Tuple next) {
        int[] joined = Arrays.copyOf(words, words.length + next.words.length);
        System.arraycopy(next.words, 0, joined, words.length, next.words.length);
        return new Tuple(joined);
    }

    public int size() {
        return words.length;
    }

    public int word(int index) {
        return words[index];
    }

    /// Whether every word lies between those of the two bounds, both included.
    boolean isWithin(Tuple from, Tuple to) {
        for (int i = 0; i < words.length; i++) {
            if (Integer.compareUnsigned(words[i], from.words[i]) < 0
                    || Integer.compareUnsigned(words[i], to.words[i]) > 0) {
                return false;
            }
        }
        return true;
    }

    /// The number after this one, counting from the last word up.
    Tuple next() {
        int[] next = words.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            next[i]++;
            if (next[i] != 0) {
                break;
            }
        }
        return new Tuple(next);
    }

    /// The number before this one, counting from the last word up.
    Tuple previous() {
        int[] previous = words.clone();
        for (int i = previous.length - 1; i >= 0; i--) {
            previous[i]--;
            if (previous[i] != -1) {
                break;
            }
        }
        return new Tuple(previous);
    }

    boolean isZero() {
        return Arrays.stream(words).allMatch(word -> word == 0);
    }

    @Override
    public int compareTo(Tuple other) {
        return Arrays.compareUnsigned(words, other.words);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tuple that && Arrays.equals(words, that.words);
    }

    @Override
    public int hashCode() {
        // Keys are dense numbers; without mixing they would fill the trie unevenly.
        int hash = 17;
        for (int word : words) {
            hash = (hash ^ word) * 0x9e3779b1;
            hash ^= hash >>> 15;
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int word : words) {
            text.append(text.isEmpty() ? "" : " . ").append("0x").append(Integer.toHexString(word));
        }
        return text.toString();
    }
}
