package dev.millrace.cli.command;

import dev.millrace.agent.AgentShape;
import dev.millrace.cli.logging.Logging;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.up.LocalCluster;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a local cluster that lasts. */
@Command(
        name = "up",
        description = {
            "Starts a complete cluster on this machine, in one process: a Kafka broker, the scheduler, and agents that share the"
                    + " machine's resources. It runs until Ctrl-C or SIGTERM.",
            "",
            "What it knows is in its data directory and survives it, however it ends: tasks that were running go on running, and the"
                    + " next millrace up finds them; tasks that were queued are queued still."
        },
        footer = {
            "",
            "Examples:",
            "  millrace up",
            "  millrace up --agents 5 --data-dir ./cluster",
            "  millrace up --fresh     end what an earlier cluster left running, forget it, begin anew"
        })
final class UpCommand implements Callable<Integer> {
    private static final String LOG_FILE = "millrace.log";

    private final CommandContext context;

    @Mixin
    private DataDirOption dataDir = new DataDirOption();

    @Option(
            names = "--agents",
            paramLabel = "N",
            description = "How many agents (default: as many as it had before, else "
                    + LocalClusterSettings.DEFAULT_AGENTS + ").")
    private @Nullable Integer agents;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "The broker's port on localhost (default: the one it had before, else 9092, else any that is free).")
    private @Nullable Integer port;

    @Mixin
    private OfferOptions offer = new OfferOptions();

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            defaultValue = Topics.DEFAULT_PREFIX,
            description = "What stands before the names of the topics (default: ${DEFAULT-VALUE}).")
    private String prefix = Topics.DEFAULT_PREFIX;

    @Option(
            names = "--fresh",
            description =
                    "End the tasks that an earlier cluster on the directory left running, and remove all that it kept.")
    private boolean fresh;

    UpCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        long begunNs = System.nanoTime();
        var directory = dataDir.of(context).toAbsolutePath().normalize();
        var settings = settings(directory);
        var stopped = new CompletableFuture<@Nullable String>();
        Signals.onStop(() -> stopped.complete(null));
        // Before anything is made or forgotten: what is refused leaves everything as it was.
        LocalCluster.requirePort(settings);
        if (fresh) {
            forget(directory);
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new CommandFailure("cannot make the data directory " + directory + ": " + FileFailures.why(e), e);
        }
        Logging.toFile(directory.resolve(LOG_FILE));
        say("millrace: starting in " + directory + " ...");
        String failure;
        try (var cluster = LocalCluster.start(settings)) {
            CompletableFuture<?> unused = cluster.failure().thenAccept(stopped::complete);
            introduce(cluster, directory, Duration.ofNanos(System.nanoTime() - begunNs));
            failure = stopped.get();
            say("millrace: stopping ...");
        }
        if (failure != null) {
            throw new CommandFailure(failure + "; see " + directory.resolve(LOG_FILE));
        }
        say("Stopped. Tasks that were running go on; " + typed("up", directory) + " takes them over again, "
                + typed("up --fresh", directory) + " ends them.");
        return ExitCode.OK;
    }

    private LocalClusterSettings settings(Path directory) {
        requireAtLeastOne("--agents", agents);
        requireAtLeastOne("--port", port);
        try {
            return new LocalClusterSettings(
                    directory,
                    new Topics(prefix),
                    agents == null ? OptionalInt.empty() : OptionalInt.of(agents),
                    port == null ? 0 : port,
                    offer.addTo(AgentShape.EMPTY));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private static void requireAtLeastOne(String option, @Nullable Integer number) {
        if (number != null && number < 1) {
            throw CommandFailure.usage(option + " must be at least 1, not " + number);
        }
    }

    private void forget(Path directory) throws IOException, InterruptedException {
        var forgotten = LocalCluster.forget(directory);
        int ended = forgotten.endedTasks();
        if (ended > 0) {
            say("Ended " + ended + (ended == 1 ? " task" : " tasks") + " that an earlier cluster had left running.");
        }
        var left = forgotten.left();
        if (!left.isEmpty()) {
            context.terminal()
                    .err()
                    .println("millrace up: " + left.size() + (left.size() == 1 ? " file" : " files")
                            + " of an earlier cluster could not be removed, such as " + left.get(0));
        }
    }

    private void introduce(LocalCluster cluster, Path directory, Duration took) {
        var each = Human.resources(cluster.agents().get(0).resources());
        int count = cluster.agents().size();
        say("Millrace is up after " + Human.duration(took) + ".");
        say("  broker     " + cluster.config().bootstrapServers() + " (Kafka, in this process)");
        say("  scheduler  topics " + prefix + "*");
        say("  agents     " + (count == 1 ? "agent-1" : "agent-1 to agent-" + count + ", each") + " with " + each);
        say("  data, log  " + directory);
        say("Try, in another terminal:");
        say("  " + typed("run examples/licences.yaml --logs", directory));
        say("  " + typed("tasks", directory));
        say("  " + typed("status --from-beginning", directory));
        say("Ctrl-C stops it.");
    }

    /** A command as it has to be typed for this cluster to be found. */
    private String typed(String command, Path directory) {
        boolean usual =
                directory.equals(context.defaultDataDir().toAbsolutePath().normalize());
        return "millrace " + command + (usual ? "" : " --data-dir " + directory);
    }

    private void say(String line) {
        context.terminal().out().println(line);
        context.terminal().out().flush();
    }
}
