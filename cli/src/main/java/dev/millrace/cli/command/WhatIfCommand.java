package dev.millrace.cli.command;

import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.sim.Fleet;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.Topics;
import dev.millrace.schemas.Validator;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.whatif.Answer;
import dev.millrace.streams.whatif.Circumstances;
import dev.millrace.streams.whatif.Recorder;
import dev.millrace.streams.whatif.WhatIf;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what would have been. */
@Command(
        name = "what-if",
        description = {
            "Gives the demand that a pool had within some time to a model of the pool with other agents, weights or placement, and compares"
                    + " waiting times, utilisation, preemptions and fairness with what happened. The scheduler's own rules decide in"
                    + " the model; what it takes for granted is said with the result.",
            "",
            "Beside what happened, and what would have, it shows what the model makes of what was: by as much as that differs from what"
                    + " happened, the rest may be wrong. Writes to no topic; the scheduler may run meanwhile."
        },
        footer = {
            "",
            "Examples:",
            "  millrace what-if --from 24h --add-agents 10:cpus=16,memory=64GiB",
            "  millrace what-if --from 8h --to 2h --placement spread --remove-agent agent-7",
            "  millrace what-if --role eng:weight=2,guarantee=cpus=10,memory=64GiB --role batch:limit=cpus=40"
        })
final class WhatIfCommand implements Callable<Integer> {
    /** What the ids of added agents begin with. */
    private static final String ADDED = "what-if";

    private final CommandContext context;

    @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
    private String pool = Pools.DEFAULT;

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Option(
            names = "--role",
            paramLabel = "ROLE:SETTINGS",
            converter = Converters.RoleChanges.class,
            description = "Another weight, guarantee or limit, such as"
                    + " eng:weight=2,guarantee=cpus=10,memory=64GiB,limit=none; may be given for several roles.")
    private List<RoleChange> roles = new ArrayList<>();

    @Option(
            names = "--add-agents",
            paramLabel = "FLEET",
            converter = Converters.Agents.class,
            description =
                    "More agents, written as for sim-agents: N or N:cpus=C,memory=M,…; may be given several times.")
    private List<Fleet> added = new ArrayList<>();

    @Option(
            names = "--remove-agent",
            paramLabel = "AGENT",
            description = "Without that agent; may be given several times.")
    private Set<String> removed = new TreeSet<>();

    @Mixin
    private SnapshotsOption snapshots = new SnapshotsOption();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    /** Records, and shows how far the replay is. */
    private record Watcher(Recorder recorder, ReplayProgress progress) implements ReplayWatcher {
        @Override
        public void begins(int partition) {
            progress.begins(partition);
        }

        @Override
        public void restored(SpecificRecord record) {
            recorder.restored(record);
        }

        @Override
        public void decided(Input input, List<Message> messages, List<Change> changes) {
            recorder.decided(input, messages, changes);
        }

        @Override
        public void took(RawRecord input) {
            progress.took(input);
        }
    }

    WhatIfCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var asked = range.range();
        var circumstances = circumstances();
        var config = cluster.cluster(context);
        var replayer = snapshots.replayer(config);
        int partitions = replayer.partitions();
        var recorder = new Recorder(
                pool,
                partitions,
                asked.from().map(Instant::toEpochMilli).orElse(Long.MIN_VALUE),
                asked.to().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE));
        replay(replayer, Topics.partition(pool, partitions), recorder);
        var answer = WhatIf.ask(recorder, circumstances);
        if (answer instanceof Answer.Refused refused) {
            throw new CommandFailure(refused.why());
        }
        var report = new WhatIfReport(pool, (Answer.Comparison) answer, isOtherwise());
        if (output.isJson()) {
            context.terminal().out().println(report.json());
        } else {
            report.print(context.terminal());
        }
        return ExitCode.OK;
    }

    private void replay(Replayer replayer, int partition, Recorder recorder) {
        try (var progress = new ReplayProgress(context.terminal())) {
            replayer.replay(partition, range.range(), new Watcher(recorder, progress));
        }
    }

    private boolean isOtherwise() {
        return policy.isGiven() || !roles.isEmpty() || !added.isEmpty() || !removed.isEmpty();
    }

    private Circumstances circumstances() {
        var names = new TreeSet<String>();
        for (var role : roles) {
            if (!names.add(role.role())) {
                throw CommandFailure.usage("--role: " + role.role() + " is given twice");
            }
        }
        var settings = policy.isGiven()
                ? checked(policy.put(ConfigurePool.newBuilder()).setPool(pool).build())
                : null;
        return new Circumstances(
                settings, roles.stream().map(role -> role.of(pool)).toList(), agents(), removed);
    }

    private static ConfigurePool checked(ConfigurePool settings) {
        var faults = Validator.faults(settings);
        if (!faults.isEmpty()) {
            throw CommandFailure.usage(String.join("; ", faults));
        }
        return settings;
    }

    private List<AgentRegistered> agents() {
        var profiles = new ArrayList<AgentProfile>();
        for (var fleet : added) {
            profiles.addAll(Converters.option("--add-agents", () -> fleet.profiles(pool, ADDED, profiles.size())));
        }
        return profiles.stream()
                .map(profile -> profile.registration(1, 0, List.of(), List.of(), Instant.EPOCH))
                .toList();
    }
}
