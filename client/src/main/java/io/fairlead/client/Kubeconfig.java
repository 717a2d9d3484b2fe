package io.fairlead.client;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.YamlReader;
import io.fairlead.api.YamlWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;

/// A kubeconfig: clusters, users and the contexts that pair them. Whatever else a file holds is kept as it is.
///
/// @param folder what relative paths in it are relative to
public record Kubeconfig(JsonObject tree, Path folder) {
    private static final String[] LISTS = {"clusters", "users", "contexts"};

    /// How to reach and trust a server, and who one is there. PEM texts are empty where the file has none.
    public record Access(
            URI server, String authorityPem, String certificatePem, String keyPem, String token) {}

    /// One cluster, one user and one context of the same name, which is the current one.
    public static Kubeconfig of(String name, Access access) {
        JsonObject cluster =
                JsonObject.of(
                        "server",
                        Json.of(access.server().toString()),
                        "certificate-authority-data",
                        base64(access.authorityPem()));
        JsonObject.Builder user = JsonObject.builder();
        if (!access.certificatePem().isEmpty()) {
            user.put("client-certificate-data", base64(access.certificatePem()));
            user.put("client-key-data", base64(access.keyPem()));
        }
        user.putUnlessEmpty("token", access.token());
        JsonObject context = JsonObject.of("cluster", Json.of(name), "user", Json.of(name));
        JsonObject tree =
                JsonObject.builder()
                        .put("apiVersion", "v1")
                        .put("kind", "Config")
                        .put("clusters", named(name, "cluster", cluster))
                        .put("users", named(name, "user", user.build()))
                        .put("contexts", named(name, "context", context))
                        .put("current-context", name)
                        .build();
        return new Kubeconfig(tree, Path.of(""));
    }

    /// What a file holds; nothing when there is no such file.
    ///
    /// @throws KubeconfigException when it cannot be read or is not a kubeconfig
    public static Kubeconfig read(Path file) {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        try {
            byte[] text = Files.readAllBytes(file);
            Json tree =
                    new String(text, StandardCharsets.UTF_8).isBlank()
                            ? JsonObject.EMPTY
                            : YamlReader.read(text);
            if (!(tree instanceof JsonObject object) || !areLists(object)) {
                throw new KubeconfigException(
                        "%s is not a kubeconfig: mend or move it, or name another file with --kubeconfig."
                                .formatted(file));
            }
            return new Kubeconfig(object, folder);
        } catch (NoSuchFileException e) {
            return new Kubeconfig(JsonObject.EMPTY, folder);
        } catch (JsonSyntaxException e) {
            throw new KubeconfigException(
                    "%s is not a kubeconfig (%s): mend or move it, or name another file with --kubeconfig."
                            .formatted(file, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new KubeconfigException("%s cannot be read: %s.".formatted(file, e), e);
        }
    }

    /// Adds everything of `addition` to a file, in the place of what has the same names, and makes its context the current one.
    public static void merge(Path file, Kubeconfig addition) {
        Kubeconfig present = read(file);
        JsonObject merged = present.tree.with("apiVersion", "v1").with("kind", "Config");
        for (String list : LISTS) {
            JsonArray items = JsonArray.EMPTY;
            for (Json item : present.tree.list(list)) {
                if (addition.find(list, item.text("name")).isEmpty()) {
                    items = items.plus(item);
                }
            }
            for (Json item : addition.tree.list(list)) {
                items = items.plus(item);
            }
            merged = merged.with(list, items);
        }
        merged = merged.with("current-context", addition.tree.text("current-context"));
        new Kubeconfig(merged, present.folder).write(file);
    }

    /// Takes a context with its cluster and user, all of one name, out of a file; nothing when it is not there.
    public static void remove(Path file, String name) {
        Kubeconfig present = read(file);
        if (present.find("contexts", name).isEmpty()) {
            return;
        }
        JsonObject rest = present.tree;
        for (String list : LISTS) {
            rest =
                    rest.with(
                            list,
                            new JsonArray(
                                    present.tree.list(list).stream()
                                            .filter(item -> !item.text("name").equals(name))
                                            .toList()));
        }
        if (rest.text("current-context").equals(name)) {
            rest = rest.with("current-context", "");
        }
        new Kubeconfig(rest, present.folder).write(file);
    }

    /// Writes it in one step, for the owner's eyes only. A link is followed, so that it stays one.
    public void write(Path file) {
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            Path parent = Optional.ofNullable(target.getParent()).orElse(Path.of("/"));
            Files.createDirectories(parent);
            Path fresh = parent.resolve(target.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, YamlWriter.text(tree));
            if (Files.exists(target)) {
                Files.setOwner(fresh, Files.getOwner(target));
            }
            Files.move(
                    fresh,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new KubeconfigException("%s cannot be written: %s.".formatted(file, e), e);
        }
    }

    /// What the current context says.
    ///
    /// @throws KubeconfigException when there is none, or it names what is not there
    public Access current() {
        JsonObject context = required("contexts", tree.text("current-context")).object("context");
        JsonObject cluster = required("clusters", context.text("cluster")).object("cluster");
        JsonObject user = required("users", context.text("user")).object("user");
        return new Access(
                URI.create(cluster.text("server")),
                pem(cluster, "certificate-authority"),
                pem(user, "client-certificate"),
                pem(user, "client-key"),
                token(user));
    }

    private Optional<Json> find(String list, String name) {
        return tree.list(list).stream().filter(item -> item.text("name").equals(name)).findFirst();
    }

    private Json required(String list, String name) {
        return find(list, name)
                .orElseThrow(() ->
                        new KubeconfigException(
                                "the kubeconfig has no \"%s\" among its %s."
                                        .formatted(name, list)));
    }

    /// A text given inline as `NAME-data`, or as a file.
    private String pem(JsonObject holder, String member) {
        String inline = holder.text(member + "-data");
        String file = holder.text(member);
        try {
            if (!inline.isEmpty()) {
                return new String(Base64.getDecoder().decode(inline), StandardCharsets.UTF_8);
            }
            return file.isEmpty() ? "" : Files.readString(folder.resolve(file));
        } catch (IOException | IllegalArgumentException e) {
            throw new KubeconfigException(
                    "%s of the kubeconfig cannot be read: %s.".formatted(member, e), e);
        }
    }

    private String token(JsonObject user) {
        String file = user.text("tokenFile");
        if (!user.text("token").isEmpty() || file.isEmpty()) {
            return user.text("token");
        }
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            throw new KubeconfigException(
                    "tokenFile of the kubeconfig cannot be read: %s.".formatted(e), e);
        }
    }

    private static boolean areLists(JsonObject tree) {
        for (String list : LISTS) {
            if (tree.has(list) && tree.find(list).filter(JsonArray.class::isInstance).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static JsonArray named(String name, String member, JsonObject content) {
        return JsonArray.of(JsonObject.of("name", Json.of(name), member, content));
    }

    private static Json base64(String text) {
        return Json.of(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }
}
