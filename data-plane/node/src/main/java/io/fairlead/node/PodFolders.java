package io.fairlead.node;

import java.nio.file.Path;

/// Where a pod's things are:
///
///     hosts, resolv.conf      shared by its containers
///     sandbox.json            its address, for a later life of this program
///     shm/                    its shared memory
///     volumes/NAME/
///     image-volumes/NAME/     what the kernel needs beside an image's layers
///     containers/NAME/ATTEMPT/
///     logs/NAME/ATTEMPT.log
///
/// @param namespace the file that keeps its network namespace
record PodFolders(Path top, Path namespace) {
    Path sandboxFile() {
        return top.resolve("sandbox.json");
    }

    Path hosts() {
        return top.resolve("hosts");
    }

    Path resolver() {
        return top.resolve("resolv.conf");
    }

    Path sharedMemory() {
        return top.resolve("shm");
    }

    Path volume(String name) {
        return top.resolve("volumes").resolve(name);
    }

    Path imageVolume(String name) {
        return top.resolve("image-volumes").resolve(name);
    }

    Path containers() {
        return top.resolve("containers");
    }

    Path attempts(String container) {
        return containers().resolve(container);
    }

    Path container(ContainerIdentity identity) {
        return attempts(identity.container()).resolve(Integer.toString(identity.attempt()));
    }

    Path log(String container, int attempt) {
        return top.resolve("logs").resolve(container).resolve(attempt + ".log");
    }

    Path terminationMessage(ContainerIdentity identity) {
        return container(identity).resolve("termination-log");
    }
}
