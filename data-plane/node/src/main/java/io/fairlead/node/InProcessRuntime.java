package io.fairlead.node;

import io.fairlead.api.Cidr;
import io.fairlead.images.ImageReference;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/// Containers that are Java programs with sockets in the pod's network namespace. They end with this program; [#find] reports
/// them as lost, so that they are started anew in the same sandbox.
final class InProcessRuntime implements ContainerRuntime {
    private static final String REGISTRY = "fairlead.io";
    private static final String PREFIX = "in-process/";

    private final Map<String, InProcessProgram> programs;
    private final String nodeName;
    private final InstantSource clock;

    InProcessRuntime(Map<String, InProcessProgram> programs, String nodeName, InstantSource clock) {
        this.programs = Map.copyOf(programs);
        this.nodeName = nodeName;
        this.clock = clock;
    }

    /// Whether an image names a program instead of files.
    /// Whether any container of the pod is a program of this process.
    static boolean runsAnyOf(AssignedPod pod) {
        return pod.containers().stream()
                .anyMatch(container -> {
                    try {
                        return isProgram(ImageReference.parse(container.image()));
                    } catch (IllegalArgumentException e) {
                        return false;
                    }
                });
    }

    static boolean isProgram(ImageReference image) {
        return image.registry().equals(REGISTRY) && image.repository().startsWith(PREFIX);
    }

    @Override
    public RunningContainer start(ContainerPlan plan) throws ContainerStartException {
        String name =
                ImageReference.parse(plan.spec().image()).repository().substring(PREFIX.length());
        InProcessProgram program = programs.get(name);
        if (program == null) {
            throw new ContainerStartException("there is no in-process program \"" + name + "\"");
        }
        try {
            NetworkNamespace namespace = NetworkNamespace.open(plan.sandbox().namespace());
            try {
                RunningProgram running = program.start(new Context(plan, nodeName, namespace));
                Files.writeString(plan.directory().resolve("started"), clock.instant().toString());
                return new InProcessContainer(
                        plan.identity(), running, plan.log(), namespace::close, clock);
            } catch (IOException | RuntimeException e) {
                namespace.close();
                throw e;
            }
        } catch (IOException | LinuxException e) {
            throw new ContainerStartException("in-process program \"" + name + "\"", e);
        }
    }

    @Override
    public Optional<RunningContainer> find(
            ContainerIdentity identity, Path directory, ContainerLog log) {
        if (!Files.exists(directory.resolve("started"))) {
            return Optional.empty();
        }
        return Optional.of(InProcessContainer.lost(identity, log, clock));
    }

    @Override
    public void discard(ContainerIdentity identity, Path directory) {
        // It ended with its program.
    }

    private record Context(ContainerPlan plan, String nodeName, NetworkNamespace namespace)
            implements ProgramContext {
        @Override
        public List<String> arguments() {
            return plan.commandLine();
        }

        @Override
        public Map<String, String> environment() {
            return plan.variables();
        }

        @Override
        public String podName() {
            return plan.pod().name();
        }

        @Override
        public String podNamespace() {
            return plan.pod().namespace();
        }

        @Override
        public List<InetAddress> podAddresses() {
            return plan.sandbox().addresses().stream().map(Cidr::literal).toList();
        }

        @Override
        public OutputStream output() {
            return new LogOutput(plan.log());
        }

        @Override
        public Optional<Path> mounted(String path) {
            for (BindMount mount : plan.mounts()) {
                if (path.equals(mount.destination())) {
                    return Optional.of(mount.source());
                }
                if (path.startsWith(mount.destination() + "/")) {
                    return Optional.of(
                            mount.source()
                                    .resolve(path.substring(mount.destination().length() + 1)));
                }
            }
            return Optional.empty();
        }

        @Override
        public <T> T inNamespace(Callable<T> task) {
            return namespace.call(task);
        }
    }

    /// A container's log as a stream.
    private static final class LogOutput extends OutputStream {
        private final ContainerLog log;

        LogOutput(ContainerLog log) {
            this.log = log;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            byte[] part = Arrays.copyOfRange(bytes, offset, offset + length);
            log.append(OutputStreamName.STDOUT, part, length);
        }
    }
}
