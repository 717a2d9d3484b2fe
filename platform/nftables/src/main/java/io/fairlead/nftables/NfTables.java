package io.fairlead.nftables;

import io.fairlead.linux.NetlinkWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The numbers of nf_tables' netlink protocol (`linux/netfilter/nf_tables.h`), and how values are laid out in it.
final class NfTables {
    static final int NEW_TABLE = message(0);
    static final int GET_TABLE = message(1);
    static final int DELETE_TABLE = message(2);
    static final int NEW_CHAIN = message(3);
    static final int GET_CHAIN = message(4);
    static final int DELETE_CHAIN = message(5);
    static final int NEW_RULE = message(6);
    static final int GET_RULE = message(7);
    static final int DELETE_RULE = message(8);
    static final int NEW_SET = message(9);
    static final int GET_SET = message(10);
    static final int DELETE_SET = message(11);
    static final int NEW_ELEMENTS = message(12);
    static final int GET_ELEMENTS = message(13);
    static final int DELETE_ELEMENTS = message(14);
    static final int NEW_GENERATION = message(15);
    static final int GET_GENERATION = message(16);
    static final int BATCH_BEGIN = 0x10;
    static final int BATCH_END = 0x11;
    static final int SUBSYSTEM = 10;

    /// The bytes of `struct nfgenmsg`.
    static final int HEADER_BYTES = 4;

    static final int LIST_ITEM = 1;

    static final int TABLE_NAME = 1;

    static final int CHAIN_TABLE = 1;
    static final int CHAIN_NAME = 3;
    static final int CHAIN_HOOK = 4;
    static final int CHAIN_POLICY = 5;
    static final int CHAIN_TYPE = 7;
    static final int HOOK_NUMBER = 1;
    static final int HOOK_PRIORITY = 2;

    static final int RULE_TABLE = 1;
    static final int RULE_CHAIN = 2;
    static final int RULE_EXPRESSIONS = 4;

    static final int SET_TABLE = 1;
    static final int SET_NAME = 2;
    static final int SET_FLAGS = 3;
    static final int SET_KEY_TYPE = 4;
    static final int SET_KEY_LENGTH = 5;
    static final int SET_DATA_TYPE = 6;
    static final int SET_DATA_LENGTH = 7;
    static final int SET_DESCRIPTION = 9;
    static final int SET_ID = 10;
    static final int SET_TIMEOUT = 11;
    static final int SET_USERDATA = 13;
    static final int SET_EXPRESSION = 17;
    static final int DESCRIPTION_SIZE = 1;
    static final int DESCRIPTION_CONCATENATION = 2;
    static final int FIELD_LENGTH = 1;

    static final int FLAG_ANONYMOUS = 0x1;
    static final int FLAG_CONSTANT = 0x2;
    static final int FLAG_INTERVAL = 0x4;
    static final int FLAG_MAP = 0x8;
    static final int FLAG_TIMEOUT = 0x10;
    static final int FLAG_EVALUATED = 0x20;
    static final int FLAG_CONCATENATION = 0x80;

    static final int ELEMENTS_TABLE = 1;
    static final int ELEMENTS_SET = 2;
    static final int ELEMENTS_LIST = 3;
    static final int ELEMENTS_SET_ID = 4;
    static final int ELEMENT_KEY = 1;
    static final int ELEMENT_DATA = 2;
    static final int ELEMENT_FLAGS = 3;
    static final int ELEMENT_EXPRESSION = 7;
    static final int ELEMENT_KEY_END = 10;
    static final int INTERVAL_END = 1;

    static final int GENERATION_ID = 1;

    static final int DATA_VALUE = 1;
    static final int DATA_VERDICT = 2;
    static final int VERDICT_CODE = 1;
    static final int VERDICT_CHAIN = 2;
    static final int VERDICT_TYPE = 0xffffff00;

    static final int COUNTER_PACKETS = 2;

    static final int EXPRESSION_NAME = 1;
    static final int EXPRESSION_DATA = 2;

    private NfTables() {}

    private static int message(int number) {
        return (SUBSYSTEM << 8) | number;
    }

    /// Writes `struct nfgenmsg`.
    static void header(NetlinkWriter message, int family, int resource) {
        message.headerU8(family).headerU8(0).headerU16BigEndian(resource);
    }

    /// A value as the kernel keeps it.
    static byte[] bytes(TupleType type, Tuple tuple, boolean isAllBigEndian) {
        ByteBuffer bytes = ByteBuffer.allocate(type.words() * 4);
        int word = 0;
        for (DataType field : type.fields()) {
            field(bytes, field, tuple, word, isAllBigEndian);
            word += field.words();
        }
        byte[] all = bytes.array();
        return type.isConcatenation() ? all : Arrays.copyOf(all, type.kernelBytes());
    }

    private static void field(
            ByteBuffer bytes, DataType field, Tuple tuple, int word, boolean isAllBigEndian) {
        switch (field) {
            case IPV4_ADDR -> bytes.putInt(tuple.word(word));
            case IPV6_ADDR -> {
                for (int i = 0; i < 4; i++) {
                    bytes.putInt(tuple.word(word + i));
                }
            }
            case INET_PROTO -> bytes.put((byte) tuple.word(word)).put(new byte[3]);
            case INET_SERVICE -> bytes.putShort((short) tuple.word(word)).putShort((short) 0);
            case MARK -> {
                bytes.order(isAllBigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder());
                bytes.putInt(tuple.word(word)).order(ByteOrder.BIG_ENDIAN);
            }
        }
    }

    /// The value of a kernel's bytes.
    static Tuple tuple(TupleType type, byte[] kernel, boolean isAllBigEndian) {
        if (kernel.length < type.kernelBytes()) {
            throw new NftablesException(
                    "a value of type " + type + " has only " + kernel.length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOf(kernel, type.words() * 4));
        int[] words = new int[type.words()];
        int word = 0;
        for (DataType field : type.fields()) {
            switch (field) {
                case IPV4_ADDR -> words[word] = bytes.getInt(word * 4);
                case IPV6_ADDR -> {
                    for (int i = 0; i < 4; i++) {
                        words[word + i] = bytes.getInt((word + i) * 4);
                    }
                }
                case INET_PROTO -> words[word] = Byte.toUnsignedInt(bytes.get(word * 4));
                case INET_SERVICE -> words[word] = Short.toUnsignedInt(bytes.getShort(word * 4));
                case MARK ->
                        words[word] =
                                isAllBigEndian || ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                                        ? bytes.getInt(word * 4)
                                        : Integer.reverseBytes(bytes.getInt(word * 4));
            }
            word += field.words();
        }
        return Tuple.of(words);
    }

    /// The kernel has two numbers for the first word of each group of four registers, and tells the wide one.
    static int register(int word) {
        return word % 4 == 0 ? 1 + word / 4 : 8 + word;
    }

    static int word(int register) {
        if (register >= 1 && register <= 4) {
            return (register - 1) * 4;
        }
        if (register >= 8 && register <= 23) {
            return register - 8;
        }
        throw new NftablesException("there is no register " + register);
    }
}
