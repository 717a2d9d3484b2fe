package io.fairlead.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

/// The person who started the command, who is not root when `sudo` was used.
record Caller(Path home, Optional<String> sudoUser) {
    static Caller current() {
        String sudoUser = System.getenv().getOrDefault("SUDO_USER", "");
        if (sudoUser.isEmpty() || "root".equals(sudoUser)) {
            String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
            return new Caller(Path.of(home), Optional.empty());
        }
        return new Caller(homeOf(sudoUser), Optional.of(sudoUser));
    }

    /// The kubeconfig that kubectl would use: the first file of `KUBECONFIG`, else the one in the home folder.
    Path kubeconfig() {
        String paths = System.getenv().getOrDefault("KUBECONFIG", "");
        for (String path : paths.split(":")) {
            if (!path.isEmpty()) {
                return ClusterChoice.absolute(Path.of(path));
            }
        }
        return home.resolve(".kube").resolve("config");
    }

    /// Gives a file, and the folder it is in when that was made for it, to the caller.
    void own(Path file) {
        if (sudoUser.isEmpty()) {
            return;
        }
        try {
            UserPrincipal user =
                    file.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName(sudoUser.get());
            Object group = Files.getAttribute(home, "unix:gid");
            give(file, user, group);
            Path folder = file.getParent();
            if (folder != null && folder.startsWith(home) && !folder.equals(home)) {
                give(folder, user, group);
            }
        } catch (IOException | UnsupportedOperationException e) {
            System.getLogger(Caller.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the owner of " + file + " stays as it is: " + e.getMessage());
        }
    }

    private static void give(Path path, UserPrincipal user, Object group) throws IOException {
        Files.setOwner(path, user);
        Files.setAttribute(path, "unix:gid", group);
    }

    private static Path homeOf(String user) {
        try {
            return Files.readAllLines(Path.of("/etc/passwd")).stream()
                    .map(line -> line.split(":", -1))
                    .filter(fields -> fields.length > 5 && fields[0].equals(user))
                    .map(fields -> Path.of(fields[5]))
                    .findFirst()
                    .orElse(Path.of("/home", user));
        } catch (IOException e) {
            return Path.of("/home", user);
        }
    }
}
