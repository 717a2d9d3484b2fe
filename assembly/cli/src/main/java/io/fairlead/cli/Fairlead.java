package io.fairlead.cli;

import io.fairlead.api.ApiException;
import io.fairlead.client.KubeconfigException;
import io.fairlead.client.TransportException;
import io.fairlead.cluster.ClusterException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The command line. What a person sees of a failure is one sentence; the stack trace comes with `-v`.
@Command(
        name = "fairlead",
        description = "Kubernetes Services, whole: a cluster on this machine in about a second.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            ApiServerCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            ProxyCommand.class,
            LoadBalancerCommand.class,
            WaitCommand.class,
            TopCommand.class,
            DemoCommand.class,
            KubeconfigCommand.class,
            NodeCommand.class,
            RulesCommand.class,
            ImageCommand.class,
            ExplainCommand.class,
            VersionCommand.class,
            TrainCommand.class,
            HelpCommand.class
        })
public final class Fairlead implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "say what a command does")
    boolean isHelpWanted;

    @Option(
            names = {"-v", "--verbose"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "show stack traces and more of the log")
    boolean isVerbose;

    @Spec CommandSpec spec = CommandSpec.create();

    public static void main(String[] arguments) {
        int status = run(arguments);
        // A cluster's threads must not keep a failed command alive; a running cluster never gets
        // here.
        System.exit(status);
    }

    static int run(String... arguments) {
        CommandLine line = new CommandLine(new Fairlead());
        boolean isVerbose =
                Arrays.asList(arguments).contains("-v")
                        || Arrays.asList(arguments).contains("--verbose");
        line.setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, isVerbose));
        line.setParameterExceptionHandler((failure, words) -> {
            try (Console console = Console.open()) {
                console.say(
                        "fairlead: "
                                + failure.getMessage()
                                + " (see \"fairlead "
                                + failure.getCommandLine().getCommandName()
                                + " --help\")");
            }
            return 1;
        });
        line.setStopAtPositional(false);
        return line.execute(arguments);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return 0;
    }

    private static int fail(Exception failure, boolean isVerbose) {
        String sentence =
                switch (failure) {
                    case ClusterException e -> e.getMessage();
                    case ApiException e -> "the API server answered: " + e.getMessage() + ".";
                    case TransportException e -> e.getMessage();
                    case KubeconfigException e -> e.getMessage();
                    default ->
                            failure.getClass().getSimpleName()
                                    + ": "
                                    + failure.getMessage()
                                    + " (run again with -v to see where).";
                };
        try (Console console = Console.open()) {
            console.say("fairlead: " + sentence);
        }
        if (isVerbose) {
            failure.printStackTrace(System.err);
        }
        return 1;
    }
}
