package io.fairlead.nftables;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// The fields of a key or of a map's data; several make a concatenation.
public record TupleType(List<DataType> fields) {
    public TupleType {
        fields = List.copyOf(fields);
    }

    public static TupleType of(DataType... fields) {
        return new TupleType(List.of(fields));
    }

    public int words() {
        // Asked for every element: a stream would cost more than all the rest of writing it.
        int words = 0;
        for (DataType field : fields) {
            words += field.words();
        }
        return words;
    }

    public boolean isConcatenation() {
        return fields.size() > 1;
    }

    /// The length as the kernel wants it: the bare length of a single field, else the sum of the padded ones.
    int kernelBytes() {
        return isConcatenation() ? words() * 4 : fields.getFirst().bytes();
    }

    /// The number by which `nft` knows the type: six bits a field.
    int number() {
        int number = 0;
        for (DataType field : fields) {
            number = (number << 6) | field.number();
        }
        return number;
    }

    static TupleType numbered(int number) {
        List<DataType> fields = new ArrayList<>();
        for (int rest = number; rest != 0; rest >>>= 6) {
            fields.addFirst(DataType.numbered(rest & 0x3f));
        }
        return new TupleType(fields);
    }

    /// As in a ruleset file: `ipv4_addr . inet_service`.
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(" . ");
        for (DataType field : fields) {
            text.add(field.keyword());
        }
        return text.toString();
    }

    /// A value of this type as in a ruleset file: `10.96.0.1 . tcp . 80`.
    public String print(Tuple tuple) {
        StringJoiner text = new StringJoiner(" . ");
        int word = 0;
        for (DataType field : fields) {
            text.add(printField(field, tuple, word));
            word += field.words();
        }
        return text.toString();
    }

    /// A range of values as `nft` writes it: each field that differs as `from-to`.
    public String printRange(Tuple from, Tuple to) {
        StringJoiner text = new StringJoiner(" . ");
        int word = 0;
        for (DataType field : fields) {
            String first = printField(field, from, word);
            String last = printField(field, to, word);
            text.add(first.equals(last) ? first : first + "-" + last);
            word += field.words();
        }
        return text.toString();
    }

    private static String printField(DataType field, Tuple tuple, int word) {
        int value = tuple.word(word);
        return switch (field) {
            case IPV4_ADDR ->
                    (value >>> 24)
                            + "."
                            + ((value >>> 16) & 0xff)
                            + "."
                            + ((value >>> 8) & 0xff)
                            + "."
                            + (value & 0xff);
            case IPV6_ADDR -> printIpv6(tuple, word);
            case INET_PROTO -> Protocol.name(value);
            case INET_SERVICE -> Integer.toString(value);
            case MARK -> "0x" + Integer.toHexString(value);
        };
    }

    private static String printIpv6(Tuple tuple, int word) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
            bytes[i] = (byte) (tuple.word(word + i / 4) >>> (24 - i % 4 * 8));
        }
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
