package io.fairlead.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real `nft` judges what we print.
class RulesetPrinterLinuxTest {
    @TempDir Path folder;

    @Test
    void nftAcceptsWhatIsPrinted() throws Exception {
        assertThat(check(RulesetPrinter.print(Samples.balancer()))).isEmpty();
    }

    @Test
    void nftRefusesABadFile() throws Exception {
        assertThat(check("table ip bad { chain a { goto nowhere } }")).contains("nowhere");
    }

    private String check(String ruleset) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/nft")), "there is no nft on this machine");
        Path file = folder.resolve("ruleset.nft");
        Files.writeString(file, ruleset);
        Process nft =
                new ProcessBuilder(
                                "unshare", "-n", "/usr/sbin/nft", "--check", "-f", file.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = nft.waitFor();
        return code == 0 ? "" : said;
    }
}
