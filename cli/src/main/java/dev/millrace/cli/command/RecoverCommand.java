package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.ClusterConfig;
import dev.millrace.streams.FoundTopics;
import dev.millrace.streams.TopicCheck;
import dev.millrace.streams.recover.PartitionRecovery;
import dev.millrace.streams.recover.Recovery;
import dev.millrace.streams.recover.SchedulerGroup;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Recovers the scheduler's stored state. */
@Command(
        name = "recover",
        description = {
            "Recovers the scheduler's state when its changelogs are gone or damaged: makes out from the newest snapshots, the journal and the"
                    + " inputs what must be stored, and writes that. Also accepts a topic that was deleted and made anew.",
            "",
            "All instances of the scheduler must be stopped. Agents and their tasks go on meanwhile, and the scheduler finds them again: none is"
                    + " killed, and none is started a second time. A partition whose state is whole is left as it is."
        },
        footer = {
            "",
            "Examples:",
            "  millrace recover --dry-run",
            "  millrace recover --snapshots /var/lib/millrace/snapshots"
        })
final class RecoverCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--dry-run", description = "Say what is wrong and what would be written, and write nothing.")
    private boolean dryRun;

    @Option(
            names = "--rebuild",
            description = "Rebuild also what looks whole, and write what is not as the log says that it must be.")
    private boolean rebuild;

    @Mixin
    private AcceptTopicsOption acceptedTopics = new AcceptTopicsOption();

    @Mixin
    private SnapshotsOption snapshots = new SnapshotsOption();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    RecoverCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        var config = cluster.clusterOfItsOwnBrokers(context, "to recover");
        List<PartitionRecovery> recovered;
        try (var admin = Admin.create(config.adminProperties());
                var progress = new ReplayProgress(context.terminal())) {
            context.terminal()
                    .err()
                    .println("Waiting until no scheduler is a member of its group, for up to "
                            + SchedulerGroup.PATIENCE.toSeconds() + " s ...");
            recovered = recovery(config, admin).run(new Recovery.Order(rebuild, !dryRun), progress);
        }
        if (output.isJson()) {
            recovered.forEach(partition -> context.terminal().out().println(json(partition)));
        } else {
            print(recovered);
        }
        return ExitCode.OK;
    }

    private Recovery recovery(ClusterConfig config, Admin admin) {
        FoundTopics found =
                new TopicCheck(config.topics(), config.bootstrapServers()).check(admin, acceptedTopics.ids());
        for (var id : acceptedTopics.ids()) {
            if (!found.inbound().ids().containsValue(id)) {
                throw CommandFailure.usage("--accept-topic-id: none of the topics that are read has the id " + id);
            }
        }
        return new Recovery(
                config.topics(),
                admin,
                config.producerProperties(),
                snapshots.replayer(config),
                found.inbound(),
                found.replicationFactor());
    }

    private static String json(PartitionRecovery partition) {
        return JsonRecords.line(List.of(
                new Part("partition", partition.partition()),
                new Part("found", partition.found()),
                new Part("blocks", partition.blocks()),
                new Part("inputs", partition.inputs()),
                new Part("unjournalled", partition.unjournalled()),
                new Part("records", partition.records()),
                new Part("written", partition.written())));
    }

    private void print(List<PartitionRecovery> recovered) {
        var table = new Table(
                "PARTITION>", "FOUND", "INPUTS>", "UNJOURNALLED>", "RECORDS>", dryRun ? "TO WRITE>" : "WRITTEN>");
        for (var partition : recovered) {
            table.row(
                    Integer.toString(partition.partition()),
                    partition.found(),
                    Long.toString(partition.inputs()),
                    Long.toString(partition.unjournalled()),
                    Long.toString(partition.records()),
                    Long.toString(partition.written()));
        }
        table.print(context.terminal().out());
        context.terminal().out().println(conclusion(recovered));
    }

    private String conclusion(List<PartitionRecovery> recovered) {
        if (recovered.stream().allMatch(PartitionRecovery::wasWhole)) {
            return "Nothing was wrong.";
        }
        return dryRun ? "Nothing was written." : "Recovered. Start the scheduler again.";
    }
}
