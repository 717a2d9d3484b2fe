package io.fairlead.node;

import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.GroupUsage;
import io.fairlead.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The control groups of one node's containers: `fairlead/<cluster>/<node>/<pod uid>/<container>`.
public final class Cgroups {
    private static final List<String> MEMORY_EVENTS =
            List.of("memory.events", "memory.oom_control");

    private final ControlGroups groups;
    private final String top;

    /// @param top the node's group, without a leading slash, such as `fairlead/dev/node-1`
    public Cgroups(ControlGroups groups, String top) {
        this.groups = groups;
        this.top = top;
    }

    /// As the OCI runtimes want it.
    String path(ContainerIdentity identity) {
        return "/" + relative(identity);
    }

    /// Whether a process belongs to a container, and not to something that got its number later.
    boolean contains(ContainerIdentity identity, long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"))
                    .contains(relative(identity));
        } catch (IOException e) {
            return false;
        }
    }

    /// What all pods of the node use.
    Optional<GroupUsage> usage() {
        return groups.usage(top);
    }

    Optional<GroupUsage> usage(String podUid) {
        return groups.usage(top + "/" + podUid);
    }

    Optional<GroupUsage> usage(ContainerIdentity identity) {
        return groups.usage(relative(identity));
    }

    /// Ends every process of a container.
    void kill(ContainerIdentity identity) {
        groups.kill(relative(identity));
    }

    boolean ranOutOfMemory(ContainerIdentity identity) {
        for (ControlGroups.Hierarchy hierarchy : groups.hierarchies()) {
            for (String file : MEMORY_EVENTS) {
                Path events = hierarchy.root().resolve(relative(identity)).resolve(file);
                if (Files.exists(events) && tellsOfKill(events)) {
                    return true;
                }
            }
        }
        return false;
    }

    void remove(ContainerIdentity identity) {
        remove(relative(identity));
    }

    /// Ends and removes everything of a pod.
    void removePod(String podUid) {
        groups.kill(top + "/" + podUid);
        remove(top + "/" + podUid);
    }

    private void remove(String group) {
        try {
            groups.remove(group);
        } catch (LinuxException e) {
            // A process that has just been killed may hold it for another moment; the pod's end
            // tries again.
            System.getLogger("io.fairlead.node")
                    .log(System.Logger.Level.DEBUG, "cannot remove group " + group, e);
        }
    }

    private String relative(ContainerIdentity identity) {
        return top + "/" + identity.podUid() + "/" + identity.id();
    }

    private static boolean tellsOfKill(Path events) {
        try {
            return Files.readAllLines(events).stream()
                    .anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
        } catch (IOException e) {
            return false;
        }
    }
}
