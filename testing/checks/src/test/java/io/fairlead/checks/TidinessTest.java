package io.fairlead.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The house rules that a program can check: names, lengths, stories, and who may touch the clock, threads and the kernel.
class TidinessTest {
    private static final int LINES_MAX = 600;

    private static final Pattern EMPTY_NAME =
            Pattern.compile(
                    "(Util|Utils|Helper|Helpers|Manager|Impl|Base|Info|Data|Misc|Common)\\.java$");

    private static final Pattern AMBIENT =
            Pattern.compile(
                    "\\b(Instant\\.now\\(\\)|Thread\\.sleep\\(|Thread\\.startVirtualThread\\(|Thread\\.ofVirtual\\(|Thread\\.ofPlatform\\(|new"
                            + " Thread\\(|new Random\\(|ThreadLocalRandom|Executors\\."
                            + "|Clock\\.system|System\\.currentTimeMillis)");

    private static final Pattern NATIVE =
            Pattern.compile("import java\\.lang\\.foreign\\.(Linker|SymbolLookup)");

    private static final Pattern SHELL =
            Pattern.compile(
                    "(ProcessBuilder|[cC]ommand|run|start|exec)\\(.*\"(ip|nft|iptables|mount|umount|nsenter|conntrack)\""
                            + "|\"(/usr)?/s?bin/(ip|nft|iptables|mount|umount|nsenter|conntrack)\"");

    @Test
    void everyModuleTellsItsStory() {
        for (Path module : Project.modules()) {
            Path sources =
                    Project.ROOT
                            .resolve(module)
                            .resolve("src/main/java/io/fairlead")
                            .resolve(module.getFileName());
            if (Files.isDirectory(sources)) {
                assertThat(Project.text(sources.resolve("package-info.java")).lines())
                        .as("the story of " + module)
                        .filteredOn(line -> line.startsWith("///"))
                        .hasSizeGreaterThan(3);
            }
        }
    }

    @Test
    void namesSaySomething() {
        assertThat(Project.javaFiles())
                .noneMatch(file -> EMPTY_NAME.matcher(file.toString()).find());
    }

    @Test
    void filesAreOneIdea() {
        List<String> tooLong = new ArrayList<>();
        for (Path file : Project.javaFiles()) {
            long lines = Project.text(file).lines().count();
            if (lines > LINES_MAX) {
                tooLong.add(Project.ROOT.relativize(file) + " has " + lines + " lines");
            }
        }

        assertThat(tooLong).isEmpty();
    }

    @Test
    void onlyAssemblyMakesClocksThreadsAndRandomness() {
        assertThat(mainLinesWith(AMBIENT, "assembly/", "platform/linux/", "testing/", "bench/"))
                .isEmpty();
    }

    @Test
    void onlyTheLinuxModuleCallsTheKernel() {
        assertThat(mainLinesWith(NATIVE, "platform/linux/")).isEmpty();
    }

    @Test
    void noToolIsCalledForWhatTheKernelOffers() {
        assertThat(mainLinesWith(SHELL, "testing/")).isEmpty();
    }

    @Test
    void testsDoNotSleep() {
        assertThat(Project.javaFiles())
                .filteredOn(file -> file.toString().contains("/src/test/"))
                .filteredOn(file -> !file.endsWith("TidinessTest.java"))
                .noneMatch(file -> Project.text(file).contains("Thread.sleep("));
    }

    private static List<String> mainLinesWith(Pattern pattern, String... exceptBelow) {
        List<String> found = new ArrayList<>();
        for (Path file : Project.javaFiles()) {
            String path = Project.ROOT.relativize(file).toString();
            if (!path.contains("/src/main/")
                    || List.of(exceptBelow).stream().anyMatch(path::startsWith)) {
                continue;
            }
            Project.text(file)
                    .lines()
                    .filter(line -> !line.strip().startsWith("//") && pattern.matcher(line).find())
                    .forEach(line -> found.add(path + ": " + line.strip()));
        }
        return found;
    }
}
