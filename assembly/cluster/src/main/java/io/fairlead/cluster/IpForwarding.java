package io.fairlead.cluster;

import io.fairlead.api.IpFamily;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Switches forwarding on for the host, and back to what it was when the last cluster of that host goes.
///
/// Each cluster remembers in its run folder what it found. A cluster that goes while another one of the same host stays hands its
/// memory over, so that the order of going does not matter. Each family is on its own.
final class IpForwarding {
    private static final String FILE = "forwarding";
    private static final String LINKS = "ipv6/conf";
    private static final String ON = "1";
    private static final String OFF = "0";

    /// @param host tells hosts apart: run folders are shared by the machine, network namespaces are not
    /// @param values settings as they were, by key, in the order in which to set them again
    private record Memory(long host, Map<String, String> values) {
        static Optional<Memory> read(Path file) {
            try {
                List<String> lines = Files.readAllLines(file);
                Map<String, String> values = new LinkedHashMap<>();
                for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
                    String[] words = line.split(" ", 2);
                    values.put(words[0], words.length == 2 ? words[1] : "");
                }
                return lines.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Memory(Long.parseLong(lines.getFirst()), values));
            } catch (NoSuchFileException | NumberFormatException e) {
                return Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void write(Path file) {
            StringBuilder text = new StringBuilder().append(host).append('\n');
            values.forEach((key, value) -> text.append(key).append(' ').append(value).append('\n'));
            ClusterFolders.write(
                    file, text.toString().getBytes(StandardCharsets.UTF_8), "rw-r--r--");
        }
    }

    private final Path run;

    IpForwarding(Path run) {
        this.run = run;
    }

    void enable(NetworkNamespace host, List<IpFamily> families) {
        Path file = run.resolve(FILE);
        Map<String, String> values = new LinkedHashMap<>();
        Memory.read(file)
                .filter(memory -> memory.host() == host.inode())
                .ifPresent(memory -> values.putAll(memory.values()));
        for (IpFamily family : families) {
            if (!values.containsKey(key(family))) {
                String found = host.readSysctl(key(family));
                values.put(key(family), found);
                if (family == IpFamily.IPV6 && !found.equals(ON)) {
                    values.putAll(linksThatChange(host));
                }
            }
        }
        new Memory(host.inode(), values).write(file);
        if (families.contains(IpFamily.IPV6)) {
            keepAdvertisements(host);
        }
        for (IpFamily family : families) {
            if (!host.readSysctl(key(family)).equals(ON)) {
                host.setSysctl(key(family), ON);
            }
        }
    }

    void restore(NetworkNamespace host) {
        Path file = run.resolve(FILE);
        Optional<Memory> memory = Memory.read(file).filter(it -> it.host() == host.inode());
        if (memory.isPresent()) {
            for (IpFamily family : IpFamily.values()) {
                restore(host, family, memory.get());
            }
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void restore(NetworkNamespace host, IpFamily family, Memory memory) {
        if (memory.values().getOrDefault(key(family), ON).equals(ON)) {
            return;
        }
        String folder = family == IpFamily.IPV6 ? "ipv6/" : "ipv4/";
        Map<String, String> own = new LinkedHashMap<>(memory.values());
        own.keySet().removeIf(key -> !key.startsWith(folder));
        Optional<Path> heir = otherCluster(host.inode(), family);
        if (heir.isPresent()) {
            Memory known = Memory.read(heir.get()).orElseThrow();
            Map<String, String> both = new LinkedHashMap<>(known.values());
            both.putAll(own);
            new Memory(host.inode(), both).write(heir.get());
            return;
        }
        own.forEach((key, value) -> {
            // Links may have gone meanwhile.
            if (host.hasSysctl(key) && !host.readSysctl(key).equals(value)) {
                host.setSysctl(key, value);
            }
        });
    }

    /// What switching IPv6 forwarding on, and off again, does to the settings of single links.
    private static Map<String, String> linksThatChange(NetworkNamespace host) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String link : host.sysctlsIn(LINKS)) {
            String forwarding = LINKS + "/" + link + "/forwarding";
            if (!link.equals("all") && host.readSysctl(forwarding).equals(ON)) {
                values.put(forwarding, ON);
            }
            if (takesAdvertisements(host, link)) {
                values.put(LINKS + "/" + link + "/accept_ra", ON);
            }
        }
        return values;
    }

    /// A host that forwards takes no more router advertisements, and would lose its way out of itself, unless told to do both.
    private static void keepAdvertisements(NetworkNamespace host) {
        for (String link : host.sysctlsIn(LINKS)) {
            if (takesAdvertisements(host, link)) {
                host.setSysctl(LINKS + "/" + link + "/accept_ra", "2");
            }
        }
    }

    private static boolean takesAdvertisements(NetworkNamespace host, String link) {
        String folder = LINKS + "/" + link + "/";
        return !link.equals("all")
                && !link.equals("lo")
                && host.readSysctl(folder + "accept_ra").equals(ON)
                && host.readSysctl(folder + "forwarding").equals(OFF);
    }

    private static String key(IpFamily family) {
        return family == IpFamily.IPV6 ? LINKS + "/all/forwarding" : "ipv4/ip_forward";
    }

    /// The memory of another cluster on the same host that needs the family forwarded too.
    private Optional<Path> otherCluster(long host, IpFamily family) {
        Path clusters = run.toAbsolutePath().getParent();
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(clusters, Files::isDirectory)) {
            for (Path folder : folders) {
                Path file = folder.resolve(FILE);
                boolean needsIt =
                        Memory.read(file)
                                .filter(memory -> memory.host() == host)
                                .filter(memory -> memory.values().containsKey(key(family)))
                                .isPresent();
                if (needsIt && !folder.getFileName().equals(run.getFileName())) {
                    return Optional.of(file);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
