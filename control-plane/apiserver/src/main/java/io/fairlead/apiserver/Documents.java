package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ApiException;
import io.fairlead.api.DiscoveryDocuments;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import io.fairlead.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Answers what is not a resource: health, version, metrics, discovery, schemas.
final class Documents {
    /// Where a copy of the store is had.
    private static final String BACKUP = "/fairlead/backup";

    static final String TEXT = "text/plain; charset=utf-8";
    private static final String AGGREGATED =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private static final List<String> CHECKS = List.of("ping", "log", "etcd");

    private final Supplier<ApiCatalog> catalog;
    private final Supplier<List<RemoteApi>> remote;
    private final JsonObject version;
    private final String serverAddress;
    private final Metrics metrics;
    private final Schemas schemas;
    private final ServiceAccountTokens tokens;
    private final Consumer<Path> backups;

    Documents(
            Supplier<ApiCatalog> catalog,
            Supplier<List<RemoteApi>> remote,
            JsonObject version,
            String serverAddress,
            Metrics metrics,
            Schemas schemas,
            ServiceAccountTokens tokens,
            Consumer<Path> backups) {
        this.backups = backups;
        this.catalog = catalog;
        this.remote = remote;
        this.version = version;
        this.serverAddress = serverAddress;
        this.metrics = metrics;
        this.schemas = schemas;
        this.tokens = tokens;
    }

    Answer answer(Call call, String path) {
        String plain =
                path.length() > 1 && path.endsWith("/")
                        ? path.substring(0, path.length() - 1)
                        : path;
        if (!call.method().equals("GET") && !call.method().equals("HEAD")) {
            throw new ApiException(ResourceEndpoint.methodNotAllowed());
        }
        String[] parts = plain.substring(1).split("/");
        return switch (parts[0]) {
            case "" -> plain.equals("/") ? Answer.json(200, rootPaths()) : notFound();
            case "healthz", "livez", "readyz" -> health(call, parts);
            case "version" -> parts.length == 1 ? Answer.json(200, version) : notFound();
            case "metrics" ->
                    parts.length == 1
                            ? text(200, Metrics.CONTENT_TYPE, metrics.text())
                            : notFound();
            case "api" -> core(call, parts);
            case "apis" -> groups(call, parts);
            case "openapi" -> schemas.answer(plain, call.accept());
            case ".well-known" -> wellKnown(plain);
            case "fairlead" -> plain.equals(BACKUP) ? backup() : notFound();
            case "openid" ->
                    plain.equals("/openid/v1/jwks")
                            ? new Answer.Tree(200, tokens.keySet(), "application/jwk-set+json")
                            : notFound();
            default -> notFound();
        };
    }

    private Answer core(Call call, String[] parts) {
        if (parts.length == 1) {
            return wantsAggregated(call)
                    ? new Answer.Tree(
                            200, DiscoveryDocuments.aggregatedCore(catalog.get()), AGGREGATED)
                    : Answer.json(200, DiscoveryDocuments.legacyCore(catalog.get(), serverAddress));
        }
        return version(new GroupVersion("", parts[1]));
    }

    private Answer groups(Call call, String[] parts) {
        if (parts.length == 1) {
            return wantsAggregated(call)
                    ? new Answer.Tree(
                            200,
                            MergedDiscovery.aggregatedGroups(
                                    DiscoveryDocuments.aggregatedGroups(catalog.get()),
                                    remote.get()),
                            AGGREGATED)
                    : Answer.json(
                            200,
                            MergedDiscovery.legacyGroups(
                                    DiscoveryDocuments.legacyGroups(catalog.get()), remote.get()));
        }
        List<RemoteApi> others =
                remote.get().stream().filter(api -> api.at().group().equals(parts[1])).toList();
        if (parts.length == 2 && !others.isEmpty()) {
            JsonObject own =
                    catalog.get().groups().contains(parts[1])
                            ? DiscoveryDocuments.legacyGroup(catalog.get(), parts[1])
                            : JsonObject.EMPTY;
            return Answer.json(200, MergedDiscovery.legacyGroup(own, others));
        }
        if (!catalog.get().groups().contains(parts[1])) {
            return notFound();
        }
        return parts.length == 2
                ? Answer.json(200, DiscoveryDocuments.legacyGroup(catalog.get(), parts[1]))
                : version(new GroupVersion(parts[1], parts[2]));
    }

    private Answer version(GroupVersion at) {
        if (!catalog.get().groupVersions().contains(at)) {
            throw new ApiException(RequestPipeline.notServed());
        }
        return Answer.json(200, DiscoveryDocuments.legacyVersion(catalog.get(), at));
    }

    private static boolean wantsAggregated(Call call) {
        List<Accepted> accepted = Accepted.parse(call.accept());
        return !accepted.isEmpty()
                && accepted.stream()
                        .takeWhile(form -> !form.isPlain())
                        .anyMatch(form ->
                                form.as().equals("APIGroupDiscoveryList")
                                        && form.version().equals("v2"));
    }

    private static Answer health(Call call, String[] parts) {
        if (parts.length > 2 || (parts.length == 2 && !CHECKS.contains(parts[1]))) {
            return notFound();
        }
        if (parts.length == 2 || !isVerbose(call)) {
            return text(200, TEXT, "ok");
        }
        StringBuilder text = new StringBuilder();
        List<String> excluded = call.query().getOrDefault("exclude", List.of());
        for (String check : CHECKS) {
            text.append("[+]")
                    .append(check)
                    .append(excluded.contains(check) ? " excluded: ok\n" : " ok\n");
        }
        return text(200, TEXT, text.append(parts[0]).append(" check passed\n").toString());
    }

    private static boolean isVerbose(Call call) {
        return call.optionalParameter("verbose").isPresent();
    }

    private Answer wellKnown(String path) {
        return path.equals("/.well-known/openid-configuration")
                ? Answer.json(
                        200, tokens.configuration("https://" + serverAddress + "/openid/v1/jwks"))
                : notFound();
    }

    // Whoever may read everything may have a copy of it; roles name this path if others shall.
    private Answer backup() {
        try {
            Path folder = Files.createTempDirectory("fairlead-backup");
            Path file = folder.resolve("store.db");
            try {
                backups.accept(file);
                return new Answer.Text(200, "application/vnd.sqlite3", Files.readAllBytes(file));
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException | StoreException e) {
            throw new ApiException(
                    new Status(
                            500,
                            "InternalError",
                            String.valueOf(e.getMessage()),
                            JsonObject.EMPTY));
        }
    }

    private JsonObject rootPaths() {
        List<String> paths = new ArrayList<>(List.of("/api"));
        for (String name : catalog.get().versions("")) {
            paths.add("/api/" + name);
        }
        paths.add("/apis");
        for (String group : catalog.get().groups()) {
            paths.add("/apis/" + group);
            catalog.get().versions(group).forEach(name -> paths.add("/apis/" + group + "/" + name));
        }
        for (RemoteApi api : remote.get()) {
            paths.add("/apis/" + api.at().group());
            paths.add("/apis/" + api.at().apiVersion());
        }
        for (String root : List.of("/healthz", "/livez", "/readyz")) {
            paths.add(root);
            CHECKS.forEach(check -> paths.add(root + "/" + check));
        }
        paths.addAll(
                List.of(
                        "/.well-known/openid-configuration",
                        "/metrics",
                        "/openapi/v2",
                        "/openapi/v3",
                        "/openid/v1/jwks",
                        "/version"));
        return JsonObject.of(
                "paths", JsonArray.ofStrings(paths.stream().sorted().distinct().toList()));
    }

    static Answer notFound() {
        return text(404, TEXT, "404 page not found\n");
    }

    static Answer text(int code, String contentType, String body) {
        return new Answer.Text(code, contentType, HttpRequests.utf8(body));
    }
}
