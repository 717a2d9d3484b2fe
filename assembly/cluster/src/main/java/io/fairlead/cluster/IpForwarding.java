package io.fairlead.cluster;

import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Switches forwarding on for the host, and back to what it was when the last cluster of that host goes.
///
/// Each cluster remembers in its run folder what it found. A cluster that goes while another one of the same host stays hands its
/// memory over, so that the order of going does not matter.
final class IpForwarding {
    private static final String KEY = "ipv4/ip_forward";
    private static final String FILE = "ip_forward";

    /// @param host tells hosts apart: run folders are shared by the machine, network namespaces are not
    private record Memory(long host, String value) {
        static Optional<Memory> read(Path file) {
            try {
                String[] words = Files.readString(file).strip().split(" ", -1);
                return words.length == 2
                        ? Optional.of(new Memory(Long.parseLong(words[0]), words[1]))
                        : Optional.empty();
            } catch (NoSuchFileException | NumberFormatException e) {
                return Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void write(Path file) {
            byte[] line = (host + " " + value + "\n").getBytes(StandardCharsets.UTF_8);
            ClusterFolders.write(file, line, "rw-r--r--");
        }
    }

    private final Path run;

    IpForwarding(Path run) {
        this.run = run;
    }

    void enable(NetworkNamespace host) {
        Path file = run.resolve(FILE);
        boolean isRemembered =
                Memory.read(file).filter(memory -> memory.host() == host.inode()).isPresent();
        if (!isRemembered) {
            new Memory(host.inode(), host.readSysctl(KEY)).write(file);
        }
        if (!host.readSysctl(KEY).equals("1")) {
            host.setSysctl(KEY, "1");
        }
    }

    void restore(NetworkNamespace host) {
        Path file = run.resolve(FILE);
        Optional<Memory> memory = Memory.read(file).filter(it -> it.host() == host.inode());
        if (memory.isPresent() && !memory.get().value().equals("1")) {
            Optional<Path> heir = otherCluster(host.inode());
            if (heir.isPresent()) {
                memory.get().write(heir.get());
            } else {
                host.setSysctl(KEY, memory.get().value());
            }
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The memory of another cluster on the same host.
    private Optional<Path> otherCluster(long host) {
        Path clusters = run.toAbsolutePath().getParent();
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(clusters, Files::isDirectory)) {
            for (Path folder : folders) {
                Path file = folder.resolve(FILE);
                boolean isSameHost =
                        Memory.read(file).filter(memory -> memory.host() == host).isPresent();
                if (isSameHost && !folder.getFileName().equals(run.getFileName())) {
                    return Optional.of(file);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
