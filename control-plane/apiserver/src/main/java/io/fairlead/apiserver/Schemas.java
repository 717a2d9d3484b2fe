package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.OpenApiDocuments;
import io.fairlead.api.OpenApiV2;
import io.fairlead.api.OpenApiV2Protobuf;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Answers below `/openapi`. Documents are big and change only with the catalogue, so they are made once. Safe for use by many threads.
final class Schemas {
    private static final String V2 = "/openapi/v2";
    private static final String V3 = "/openapi/v3";

    private final Supplier<ApiCatalog> catalog;
    private final Map<Wanted, byte[]> documents = new ConcurrentHashMap<>();

    private final Supplier<List<RemoteApi>> remote;

    /// @param others where other servers' schemas are, which changes with what they say
    private record Wanted(ApiCatalog catalog, List<String> others, String path) {}

    Schemas(Supplier<ApiCatalog> catalog, Supplier<List<RemoteApi>> remote) {
        this.catalog = catalog;
        this.remote = remote;
    }

    /// @param accept the media types the client wants
    Answer answer(String path, String accept) {
        ApiCatalog current = catalog.get();
        // What was made of an older catalogue nobody asks for again.
        List<RemoteApi> others = remote.get();
        List<String> addresses = others.stream().map(RemoteApi::schemas).toList();
        documents
                .keySet()
                .removeIf(wanted ->
                        wanted.catalog() != current || !wanted.others().equals(addresses));
        if (path.equals(V2)) {
            return version2(current, others, accept);
        }
        if (path.equals(V3)) {
            // Kubernetes calls this one text.
            return new Answer.Text(
                    200,
                    "text/plain; charset=utf-8",
                    JsonWriter.bytes(
                            MergedDiscovery.schemaIndex(OpenApiDocuments.index(current), others)));
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
        return new Answer.Text(
                200,
                Answer.JSON,
                documents.computeIfAbsent(
                        new Wanted(current, addresses, path),
                        wanted -> JsonWriter.bytes(OpenApiDocuments.document(current, at))));
    }

    private Answer version2(ApiCatalog current, List<RemoteApi> others, String accept) {
        boolean isProtobuf = OpenApiV2Protobuf.isWanted(accept);
        Wanted wanted =
                new Wanted(
                        current,
                        others.stream().map(RemoteApi::schemas).toList(),
                        isProtobuf ? V2 + ".pb" : V2);
        return new Answer.Text(
                200,
                isProtobuf ? OpenApiV2Protobuf.MEDIA_TYPE : Answer.JSON,
                documents.computeIfAbsent(
                        wanted,
                        missing -> {
                            JsonObject document =
                                    MergedDiscovery.definitions(
                                            OpenApiV2.document(current), others);
                            return isProtobuf
                                    ? OpenApiV2Protobuf.bytes(document)
                                    : JsonWriter.bytes(document);
                        }));
    }
}
