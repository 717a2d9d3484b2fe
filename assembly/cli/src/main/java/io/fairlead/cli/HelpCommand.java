package io.fairlead.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `fairlead help [COMMAND]`.
@Command(name = "help", description = "say what a command does")
final class HelpCommand implements Callable<Integer> {
    @ParentCommand @Nullable Fairlead parent;

    @Parameters(arity = "0..1", paramLabel = "COMMAND")
    @Nullable String command;

    @Override
    public Integer call() {
        CommandLine line = new CommandLine(parent == null ? new Fairlead() : parent);
        CommandLine chosen =
                command == null ? line : line.getSubcommands().getOrDefault(command, line);
        chosen.usage(System.out);
        return 0;
    }
}
