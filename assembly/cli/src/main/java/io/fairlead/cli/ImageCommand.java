package io.fairlead.cli;

import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ImageShelf;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fairlead image …`: the images that a cluster's pods can use without a registry.
@Command(
        name = "image",
        description = "bring, list and remove images",
        subcommands = {
            ImageCommand.Load.class,
            ImageCommand.Pull.class,
            ImageCommand.Listing.class,
            ImageCommand.Remove.class
        })
final class ImageCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new ClusterException(
                "say what to do with images: fairlead image load | pull | list | remove.");
    }

    /// `fairlead image load ARCHIVE`.
    @Command(name = "load", description = "load an archive made by docker save, skopeo or umoci")
    static final class Load implements Callable<Integer> {
        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Parameters(index = "0", paramLabel = "ARCHIVE")
        Path archive = Path.of("");

        @Option(
                names = "--as",
                paramLabel = "NAME",
                description =
                        "the image's name, where the archive has none or another one is wanted")
        @Nullable String name;

        @Override
        public Integer call() {
            try (ImageShelf shelf = ImageShelf.of(cluster.existing())) {
                shelf.load(ClusterChoice.absolute(archive), name == null ? "" : name)
                        .forEach(System.out::println);
                return 0;
            }
        }
    }

    /// `fairlead image pull NAME`.
    @Command(name = "pull", description = "pull an image from its registry")
    static final class Pull implements Callable<Integer> {
        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Parameters(index = "0", paramLabel = "NAME")
        String name = "";

        @Override
        public Integer call() {
            try (ImageShelf shelf = ImageShelf.of(cluster.existing())) {
                System.out.println(shelf.pull(name));
                return 0;
            }
        }
    }

    /// `fairlead image list`.
    @Command(name = "list", description = "list the images that are here")
    static final class Listing implements Callable<Integer> {
        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Override
        public Integer call() {
            try (ImageShelf shelf = ImageShelf.of(cluster.existing())) {
                shelf.list().forEach(System.out::println);
                return 0;
            }
        }
    }

    /// `fairlead image remove NAME`.
    @Command(name = "remove", description = "forget an image's name")
    static final class Remove implements Callable<Integer> {
        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Parameters(index = "0", paramLabel = "NAME")
        String name = "";

        @Override
        public Integer call() {
            try (ImageShelf shelf = ImageShelf.of(cluster.existing())) {
                shelf.remove(name);
                return 0;
            }
        }
    }
}
