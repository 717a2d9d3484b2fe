package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.store.StoreException;
import io.fairlead.store.ValueCodec;
import org.jspecify.annotations.Nullable;

/// An object as the store keeps it: its tree, without a resourceVersion, because that is the revision it is stored at. What readers get is made once per
/// revision and shared by all of them.
///
/// Threads may race to make a revision's form; every result is the same.
public final class StoredObject {
    /// How the store keeps objects: as JSON.
    public static final ValueCodec<StoredObject> CODEC =
            new ValueCodec<>() {
                @Override
                public byte[] encode(String key, StoredObject value) {
                    return JsonWriter.bytes(value.tree);
                }

                @Override
                public StoredObject decode(String key, byte[] bytes) {
                    try {
                        return new StoredObject(JsonReader.readObject(bytes));
                    } catch (JsonSyntaxException e) {
                        throw new StoreException(
                                "the value of %s is no JSON object".formatted(key), e);
                    }
                }
            };

    private final JsonObject tree;
    private final boolean isStale;
    private volatile @Nullable ReadObject read;

    StoredObject(JsonObject tree) {
        this(tree.withoutAt("metadata", "resourceVersion"), false);
    }

    private StoredObject(JsonObject tree, boolean isStale) {
        this.tree = tree;
        this.isStale = isStale;
    }

    /// The same, kept in a form that it is no longer to be kept in.
    StoredObject asStale() {
        return new StoredObject(tree, true);
    }

    /// Whether it is to be written again although nothing about it changes.
    boolean isStale() {
        return isStale;
    }

    /// The tree without resourceVersion.
    JsonObject tree() {
        return tree;
    }

    /// The object as a reader sees it at a revision.
    ReadObject at(long revision) {
        ReadObject known = read;
        if (known == null || known.revision() != revision) {
            known = new ReadObject(revision, versioned(revision));
            read = known;
        }
        return known;
    }

    private JsonObject versioned(long revision) {
        JsonObject metadata = tree.object("metadata");
        return tree.with(
                "metadata", metadata.with("resourceVersion", Json.of(Long.toString(revision))));
    }
}
