package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Two folders of small files: configurations by digest, and names, each of which says which configuration it means.
/// Files appear whole or not at all; one that does not say what it should is as good as absent.
final class ImageRecords {
    private final Path configurations;
    private final Path names;

    ImageRecords(Path root) {
        this.configurations = root.resolve("configurations");
        this.names = root.resolve("names");
    }

    void keepConfiguration(ContentDigest id, byte[] configuration) throws IOException {
        Path file = id.below(configurations);
        if (!Files.exists(file)) {
            write(file, configuration);
        }
    }

    Optional<byte[]> configuration(ContentDigest id) throws IOException {
        return read(id.below(configurations)).filter(bytes -> id.isOf(id.start().digest(bytes)));
    }

    void keepName(String name, ContentDigest id) throws IOException {
        JsonObject named = JsonObject.of("name", Json.of(name), "image", Json.of(id.toString()));
        write(nameFile(name), JsonWriter.bytes(named));
    }

    Optional<ContentDigest> named(String name) throws IOException {
        return read(nameFile(name)).flatMap(ImageRecords::image);
    }

    boolean forgetName(String name) throws IOException {
        return Files.deleteIfExists(nameFile(name));
    }

    /// All names, in their order, with what they mean.
    Map<String, ContentDigest> names() throws IOException {
        Map<String, ContentDigest> all = new HashMap<>();
        for (Path file : children(names)) {
            Optional<byte[]> bytes = read(file);
            Optional<ContentDigest> image = bytes.flatMap(ImageRecords::image);
            if (image.isPresent()) {
                all.put(document(bytes.orElseThrow()).text("name"), image.orElseThrow());
            }
        }
        return new TreeMap<>(all);
    }

    /// Deletes all configurations but these.
    void retainConfigurations(Set<ContentDigest> kept) throws IOException {
        for (Path algorithm : children(configurations)) {
            for (Path file : children(algorithm)) {
                ContentDigest id =
                        new ContentDigest(
                                String.valueOf(algorithm.getFileName()),
                                String.valueOf(file.getFileName()));
                if (!kept.contains(id)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Optional<ContentDigest> image(byte[] named) {
        try {
            return Optional.of(ContentDigest.parse(document(named).text("image")));
        } catch (ImageException damaged) {
            return Optional.empty();
        }
    }

    private static JsonObject document(byte[] bytes) {
        try {
            return JsonReader.readObject(bytes);
        } catch (JsonSyntaxException damaged) {
            return JsonObject.EMPTY;
        }
    }

    /// Names are longer than file names may be.
    private Path nameFile(String name) {
        return names.resolve(ContentDigest.of(name.getBytes(StandardCharsets.UTF_8)).hex());
    }

    private static Optional<byte[]> read(Path file) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path folder = Files.createDirectories(file.getParent());
        Path fresh = Files.createTempFile(folder, ".", ".new");
        try {
            Files.write(fresh, bytes);
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            List<Path> whole = new ArrayList<>();
            children.filter(each -> !String.valueOf(each.getFileName()).startsWith("."))
                    .forEach(whole::add);
            return whole;
        }
    }
}
