package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// An object at one revision, with its encoded form, which is made when first asked for and shared from then on.
final class ReadObject {
    private final long revision;
    private final JsonObject tree;
    private volatile byte @Nullable [] members;

    ReadObject(long revision, JsonObject tree) {
        this.revision = revision;
        this.tree = tree;
    }

    long revision() {
        return revision;
    }

    JsonObject tree() {
        return tree;
    }

    /// Compact JSON.
    byte[] bytes() {
        byte[] rest = listItem();
        byte[] head =
                ("{\"kind\":"
                                + Json.of(tree.text("kind"))
                                + ",\"apiVersion\":"
                                + Json.of(tree.text("apiVersion")))
                        .getBytes(StandardCharsets.UTF_8);
        boolean alone = rest.length == 2;
        byte[] whole = new byte[head.length + rest.length - (alone ? 1 : 0)];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(rest, 1, whole, head.length + (alone ? 0 : 1), rest.length - 1);
        if (!alone) {
            whole[head.length] = ',';
        }
        return whole;
    }

    /// The same without kind and apiVersion, which a typed list says once for all. Not to be changed by callers.
    byte[] listItem() {
        byte[] known = members;
        if (known == null) {
            known = JsonWriter.bytes(tree.without("kind").without("apiVersion"));
            members = known;
        }
        return known;
    }
}
