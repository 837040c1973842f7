package dev.millrace.agent;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Carries out the command line of a process that is agents. */
public final class AgentCommand {
    private static final String LOGBACK_CONFIGURATION = "logback.configurationFile";

    private AgentCommand() {}

    /**
     * Parses the arguments, then calls the command; what is wrong with them is said in one line.
     *
     * @param command a picocli command
     * @return the process's exit code
     */
    public static int execute(Object command, String... arguments) {
        // Before the first logger is made. Whoever names a file of their own is heard.
        if (System.getProperty(LOGBACK_CONFIGURATION) == null) {
            System.setProperty(LOGBACK_CONFIGURATION, "millrace-agent-logback.xml");
        }
        CommandLine commandLine = new CommandLine(command);
        commandLine
                .getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this and exit.")
                        .build());
        commandLine.setParameterExceptionHandler((wrong, all) -> {
            commandLine.getErr().println(commandLine.getCommandName() + ": " + wrong.getMessage() + " (see --help)");
            return CommandLine.ExitCode.USAGE;
        });
        return commandLine.execute(arguments);
    }
}
