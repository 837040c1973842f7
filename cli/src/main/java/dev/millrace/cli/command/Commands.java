package dev.millrace.cli.command;

import dev.millrace.cli.logging.Logging;
import dev.millrace.cli.output.Style;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code millrace} itself, and the list of all others. */
@Command(
        name = "millrace",
        description = "A cluster scheduler in which everything that happens is an Avro record in a Kafka topic.",
        versionProvider = Commands.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  millrace run examples/licences.yaml --logs    run a job, on a cluster of its own if none is up",
            "  millrace run -- sh -c 'hostname; date'        run one command",
            "  millrace up                                   start a local cluster that lasts",
            "",
            "Exit codes: 0 done (run: every task finished), 1 not done (run: some task did not finish),",
            "2 wrong usage or job file, 3 it could not be built or started (agent: it was refused),",
            "130 interrupted by Ctrl-C."
        })
public final class Commands implements Callable<Integer> {
    static final String VERBOSE = "--verbose";

    @Option(
            names = VERBOSE,
            scope = ScopeType.INHERIT,
            description = "Log to standard error what happens, and show the stack traces of failures.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean unusedHelp;

    @Option(names = "--version", versionHelp = true, description = "Show the version.")
    private boolean unusedVersion;

    @Spec
    private @Nullable CommandSpec spec;

    private Commands() {}

    /** The command line with all its commands. */
    public static CommandLine create(CommandContext context) {
        var complaints = new Complaints(context.terminal());
        var root = new Commands();
        var colours = context.terminal().style() == Style.COLOURED ? Ansi.ON : Ansi.OFF;
        return new CommandLine(root)
                .addSubcommand(new UpCommand(context))
                .addSubcommand(new RunCommand(context))
                .addSubcommand(new SubmitCommand(context))
                .addSubcommand(new KillCommand(context))
                .addSubcommand(new TasksCommand(context))
                .addSubcommand(new TaskCommand(context))
                .addSubcommand(new LogsCommand(context))
                .addSubcommand(new StatusCommand(context))
                .addSubcommand(new ExplainCommand(context))
                .addSubcommand(new AgentsCommand(context))
                .addSubcommand(new FrameworksCommand(context))
                .addSubcommand(FrameworkCommand.create(context))
                .addSubcommand(new OffersCommand(context))
                .addSubcommand(new PlanCommand(context))
                .addSubcommand(new RolesCommand(context))
                .addSubcommand(RoleCommand.create(context))
                .addSubcommand(new ReserveCommand(context))
                .addSubcommand(new UnreserveCommand(context))
                .addSubcommand(PoolCommand.create(context))
                .addSubcommand(ReplayCommand.create(context))
                .addSubcommand(new WhatIfCommand(context))
                .addSubcommand(SnapshotCommand.create(context))
                .addSubcommand(new RecoverCommand(context))
                .addSubcommand(new DoctorCommand(context))
                .addSubcommand(new SchedulerCommand(context))
                .addSubcommand(new AgentCommand(context))
                .addSubcommand(new SimulatedAgentsCommand(context))
                .addSubcommand(BenchCommand.create(context))
                .addSubcommand(TopicsCommand.create(context))
                .addSubcommand(SchemasCommand.create(context))
                .setExecutionStrategy(parsed -> root.execute(parsed, complaints))
                .setColorScheme(Help.defaultColorScheme(colours))
                .setOut(context.terminal().outWriter())
                .setErr(context.terminal().errWriter())
                .setParameterExceptionHandler(complaints)
                .setExecutionExceptionHandler(complaints)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100);
    }

    /** Those commands that look at the scheduler's state, for questions about a past moment. */
    static CommandLine questions(CommandContext past) {
        var complaints = new Complaints(past.terminal());
        var root = new Commands();
        return new CommandLine(root)
                .addSubcommand(new TasksCommand(past))
                .addSubcommand(new TaskCommand(past))
                .addSubcommand(new ExplainCommand(past))
                .addSubcommand(new AgentsCommand(past))
                .addSubcommand(new FrameworksCommand(past))
                .addSubcommand(new OffersCommand(past))
                .addSubcommand(new PlanCommand(past))
                .addSubcommand(new RolesCommand(past))
                .setExecutionStrategy(parsed -> root.execute(parsed, complaints))
                .setOut(past.terminal().outWriter())
                .setErr(past.terminal().errWriter())
                .setParameterExceptionHandler(complaints)
                .setExecutionExceptionHandler(complaints)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private int execute(ParseResult parsed, Complaints complaints) {
        if (verbose) {
            Logging.toStandardError();
        }
        try {
            return new RunLast().execute(parsed);
        } catch (Error e) {
            // Picocli's handler is called for exceptions only.
            return complaints.complain(e, last(parsed).commandSpec().commandLine(), parsed);
        }
    }

    private static ParseResult last(ParseResult parsed) {
        return parsed.hasSubcommand() ? last(parsed.subcommand()) : parsed;
    }

    @Override
    public Integer call() {
        var commandLine = Objects.requireNonNull(spec).commandLine();
        commandLine.usage(commandLine.getErr());
        return ExitCode.USAGE;
    }

    /** The version that the jar was built as. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Commands.class.getPackage().getImplementationVersion();
            return new String[] {"millrace " + (version == null ? "(not run from a jar)" : version)};
        }
    }

    /** Says that a command is only the name of a group of commands. */
    static ParameterException needsSubcommand(CommandSpec spec) {
        return new ParameterException(
                spec.commandLine(),
                "which command? One of " + String.join(", ", spec.subcommands().keySet()));
    }
}
