package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessLinuxTest {
    private static Process sleeping() throws Exception {
        return new ProcessBuilder("sleep", "600").start();
    }

    @Test
    void aSignalReachesTheProcessThatIsHeld() throws Exception {
        Process child = sleeping();
        try (ProcessDescriptor process = ProcessDescriptor.open(child.pid()).orElseThrow()) {
            assertThat(process.hasEnded()).isFalse();
            assertThat(process.reap()).isEmpty();
            assertThat(process.signal(ProcessDescriptor.SIGTERM)).isTrue();
            assertThat(process.awaitEnd(Duration.ofSeconds(20))).isTrue();
            assertThat(child.waitFor()).isEqualTo(128 + 15);
            assertThat(process.signal(ProcessDescriptor.SIGTERM)).isFalse();
        }
        assertThat(ProcessDescriptor.open(child.pid())).isEmpty();
    }

    @Test
    void manyEndsAreSeenOnOneThread() throws Exception {
        try (ProcessWatcher watcher = ProcessWatcher.start()) {
            Process first = sleeping();
            Process second = sleeping();
            CompletableFuture<ProcessExit> firstExit = watcher.watch(first.pid());
            CompletableFuture<ProcessExit> secondExit = watcher.watch(second.pid());
            first.destroy();

            firstExit.get(20, TimeUnit.SECONDS);
            assertThat(secondExit).isNotDone();
            second.destroy();
            secondExit.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void anOrphanIsAdoptedAndItsCodeIsRead() throws Exception {
        ProcessDescriptor.adoptOrphans();
        try (ProcessWatcher watcher = ProcessWatcher.start()) {
            assertThat(exitOfOrphan(watcher, "read go; exit 7"))
                    .isEqualTo(new ProcessExit(ProcessExit.Kind.EXITED, 7));
            assertThat(exitOfOrphan(watcher, "read go; kill -9 $$"))
                    .isEqualTo(new ProcessExit(ProcessExit.Kind.SIGNALLED, 9))
                    .extracting(ProcessExit::code)
                    .isEqualTo(137);
        }
    }

    /// The shell in the middle starts the script, prints its number and ends; with it ends the
    /// input that the script waits for.
    private static ProcessExit exitOfOrphan(ProcessWatcher watcher, String script)
            throws Exception {
        Process middle =
                new ProcessBuilder("sh", "-c", "exec 3<&0; sh -c '" + script + "' <&3 & echo $!")
                        .start();
        long orphan = Long.parseLong(middle.inputReader().readLine());
        return watcher.watch(orphan).get(20, TimeUnit.SECONDS);
    }

    @Test
    void aProcessThatIsNotThereHasEndedUnknown() throws Exception {
        Process child = new ProcessBuilder("true").start();
        child.waitFor();
        try (ProcessWatcher watcher = ProcessWatcher.start()) {
            assertThat(watcher.watch(child.pid()).get(20, TimeUnit.SECONDS))
                    .isEqualTo(ProcessExit.UNKNOWN);
        }
    }
}
