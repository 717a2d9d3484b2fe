package io.fairlead.cluster;

import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.LinuxException;

/// Keeps a cluster's process alive when the login or the job that started it ends: it moves into a control group of its own.
///
/// The group is not below the one of the cluster's containers, which are ended as a whole.
final class ProcessGroup {
    private static final System.Logger LOG = System.getLogger(ProcessGroup.class.getName());

    private ProcessGroup() {}

    private static final String PARENT = "fairlead-process";

    static String name(String cluster) {
        return PARENT + "/" + cluster;
    }

    static void leaveCallers(String cluster) {
        try {
            ControlGroups groups = ControlGroups.detect();
            groups.create(name(cluster));
            groups.move(ProcessHandle.current().pid(), name(cluster));
        } catch (LinuxException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the process stays in its caller's control group: " + e.getMessage());
        }
    }

    /// Takes the group away, once the process has ended.
    static void remove(String cluster) {
        try {
            ControlGroups groups = ControlGroups.detect();
            if (groups.exists(name(cluster))) {
                groups.remove(name(cluster));
            }
            groups.removeIfEmpty(PARENT);
        } catch (LinuxException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the control group of the process stays: " + e.getMessage());
        }
    }
}
