package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.OpenApiDocuments;
import io.fairlead.api.OpenApiV2;
import io.fairlead.api.OpenApiV2Protobuf;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Answers below `/openapi`. Documents are big and change only with the catalogue, so they are made once. Safe for use by many threads.
final class Schemas {
    private static final String V2 = "/openapi/v2";
    private static final String V3 = "/openapi/v3";

    private final Supplier<ApiCatalog> catalog;
    private final Map<Wanted, byte[]> documents = new ConcurrentHashMap<>();

    private record Wanted(ApiCatalog catalog, String path) {}

    Schemas(Supplier<ApiCatalog> catalog) {
        this.catalog = catalog;
    }

    /// @param accept the media types the client wants
    Answer answer(String path, String accept) {
        ApiCatalog current = catalog.get();
        // What was made of an older catalogue nobody asks for again.
        documents.keySet().removeIf(wanted -> wanted.catalog() != current);
        if (path.equals(V2)) {
            return version2(current, accept);
        }
        if (path.equals(V3)) {
            // Kubernetes calls this one text.
            return new Answer.Text(
                    200,
                    "text/plain; charset=utf-8",
                    bytes(current, path, OpenApiDocuments.index(current)));
        }
        if (!path.startsWith(V3 + "/")) {
            return Documents.notFound();
        }
        String[] parts = path.substring(V3.length() + 1).split("/");
        boolean isCore = parts[0].equals("api") && parts.length == 2;
        boolean isGroup = parts[0].equals("apis") && parts.length == 3;
        GroupVersion at =
                isCore
                        ? new GroupVersion("", parts[1])
                        : isGroup ? new GroupVersion(parts[1], parts[2]) : new GroupVersion("", "");
        if (!current.groupVersions().contains(at)) {
            return new Answer.Text(404, "", new byte[0]);
        }
        byte[] known = documents.get(new Wanted(current, path));
        return new Answer.Text(
                200,
                Answer.JSON,
                known == null
                        ? bytes(current, path, OpenApiDocuments.document(current, at))
                        : known);
    }

    private Answer version2(ApiCatalog current, String accept) {
        if (OpenApiV2Protobuf.isWanted(accept)) {
            return new Answer.Text(
                    200,
                    OpenApiV2Protobuf.MEDIA_TYPE,
                    documents.computeIfAbsent(
                            new Wanted(current, V2 + ".pb"),
                            wanted -> OpenApiV2Protobuf.bytes(OpenApiV2.document(current))));
        }
        return new Answer.Text(
                200,
                Answer.JSON,
                documents.computeIfAbsent(
                        new Wanted(current, V2),
                        wanted -> JsonWriter.bytes(OpenApiV2.document(current))));
    }

    private byte[] bytes(ApiCatalog current, String path, JsonObject document) {
        return documents.computeIfAbsent(
                new Wanted(current, path), wanted -> JsonWriter.bytes(document));
    }
}
