package io.fairlead.apiserver;

import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Puts lists together from the encoded forms that their objects carry already.
final class ListEncoding {
    private static final byte[] ITEMS = ",\"items\":[".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "]}\n".getBytes(StandardCharsets.UTF_8);

    private ListEncoding() {}

    static byte[] bytes(Answer.Collection list) {
        byte[] head = JsonWriter.bytes(list.head());
        List<byte[]> items = new ArrayList<>(list.items().size());
        int length = head.length - 1 + ITEMS.length + END.length;
        for (ReadObject object : list.items()) {
            byte[] item = list.form() == Answer.ItemForm.SHORT ? object.listItem() : object.bytes();
            items.add(item);
            length += item.length + 1;
        }
        byte[] whole = new byte[items.isEmpty() ? length : length - 1];
        int at = copy(head, head.length - 1, whole, 0);
        at = copy(ITEMS, ITEMS.length, whole, at);
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                whole[at++] = ',';
            }
            at = copy(items.get(i), items.get(i).length, whole, at);
        }
        copy(END, END.length, whole, at);
        return whole;
    }

    static JsonObject tree(Answer.Collection list) {
        return list.head()
                .with(
                        "items",
                        JsonArray.from(
                                list.items(),
                                object ->
                                        list.form() == Answer.ItemForm.SHORT
                                                ? object.tree()
                                                        .without("kind")
                                                        .without("apiVersion")
                                                : object.tree()));
    }

    private static int copy(byte[] from, int length, byte[] to, int at) {
        System.arraycopy(from, 0, to, at, length);
        return at + length;
    }
}
