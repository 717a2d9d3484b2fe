package io.fairlead.cli;

import picocli.CommandLine.Option;

/// What every manifest that installs a part of Fairlead can be told.
final class ManifestOptions {
    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "the image with Fairlead in /opt/fairlead (default: ${DEFAULT-VALUE})")
    String image = "fairlead.io/fairlead:0.1";

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            description =
                    "the API server's own address: without it pods find it by a Service, which needs"
                            + " a proxy")
    String server = "";
}
