package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The numbers under which a container's process runs: from the pod's security contexts, else from the image, whose names are
/// looked up in the image's own files.
record OciUser(long uid, long gid, SortedSet<Long> groups) {
    /// @throws ConfigurationException when the user is not known to the image, or is root where the pod forbids it
    static OciUser of(ContainerPlan plan) throws ConfigurationException {
        JsonObject podContext = plan.pod().spec().object("securityContext");
        JsonObject own = plan.spec().tree().object("securityContext");
        String[] asked = plan.image().user().split(":", 2);
        Optional<String> user = number(own, podContext, "runAsUser");
        Optional<String> group = number(own, podContext, "runAsGroup");
        String userName = user.orElse(asked[0].isEmpty() ? "0" : asked[0]);
        List<String> account = entry(plan, "etc/passwd", userName);
        long uid = id(userName, account, "user");
        String inAccount = account.size() > 3 ? account.get(3) : "0";
        String groupName = group.orElse(asked.length > 1 && user.isEmpty() ? asked[1] : inAccount);
        long gid = id(groupName, entry(plan, "etc/group", groupName), "group");
        boolean mustNotBeRoot =
                own.has("runAsNonRoot")
                        ? own.flag("runAsNonRoot")
                        : podContext.flag("runAsNonRoot");
        if (mustNotBeRoot && uid == 0) {
            throw new ConfigurationException(
                    "container has runAsNonRoot and image will run as root (pod: \"%s_%s(%s)\", container: %s)"
                            .formatted(
                                    plan.pod().name(),
                                    plan.pod().namespace(),
                                    plan.pod().uid(),
                                    plan.spec().name()));
        }
        SortedSet<Long> groups = new TreeSet<>(List.of(gid));
        podContext
                .list("supplementalGroups")
                .forEach(extra -> groups.add(Long.parseLong(extra.toString())));
        if (podContext.has("fsGroup")) {
            groups.add(podContext.number(0, "fsGroup"));
        }
        return new OciUser(uid, gid, groups);
    }

    JsonObject tree() {
        return JsonObject.builder()
                .put("uid", uid)
                .put("gid", gid)
                .put("additionalGids", JsonArray.from(groups, Json::of))
                .build();
    }

    private static Optional<String> number(JsonObject own, JsonObject pod, String member) {
        return own.find(member).or(() -> pod.find(member)).map(Json::toString);
    }

    private static long id(String name, List<String> entry, String what)
            throws ConfigurationException {
        if (isNumber(name)) {
            return Long.parseLong(name);
        }
        if (entry.size() < 3 || !isNumber(entry.get(2))) {
            throw new ConfigurationException(
                    "unable to find %s %s: the image has no such %s".formatted(what, name, what));
        }
        return Long.parseLong(entry.get(2));
    }

    /// The fields of the line for a name or number; empty where the image has none.
    private static List<String> entry(ContainerPlan plan, String file, String nameOrNumber) {
        for (Path layer : plan.layers().reversed()) {
            Path path = layer.resolve(file);
            if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                return line(path, nameOrNumber);
            }
        }
        return List.of();
    }

    private static List<String> line(Path file, String nameOrNumber) {
        try {
            for (String line : Files.readAllLines(file)) {
                List<String> fields = List.of(line.split(":", -1));
                boolean isIt =
                        fields.size() > 2
                                && (fields.get(0).equals(nameOrNumber)
                                        || fields.get(2).equals(nameOrNumber));
                if (isIt) {
                    return fields;
                }
            }
        } catch (IOException e) {
            // An unreadable file knows nobody; numbers still work.
            return List.of();
        }
        return List.of();
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() < 11 && text.chars().allMatch(Character::isDigit);
    }
}
