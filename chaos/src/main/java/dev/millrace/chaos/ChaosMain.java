package dev.millrace.chaos;

import dev.millrace.chaos.cluster.ClusterLayout;
import dev.millrace.chaos.cluster.ProcessLedger;
import dev.millrace.cli.logging.Logging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs chaos by hand, for longer than the tests do. */
@Command(
        name = "chaos",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a cluster of processes on this machine, does to it what can be done to it, and checks that nothing was lost or done"
                    + " twice. Exit code 0: it stood it; 1: it did not, and the directory has the logs."
        })
public final class ChaosMain implements Callable<Integer> {
    @Option(names = "--dir", required = true, description = "An empty directory, or one that is yet to be made.")
    private Path directory = Path.of("");

    @Option(names = "--clean", description = "Only end what a run that was killed has left running in the directory.")
    private boolean clean;

    @Option(names = "--brokers", defaultValue = "1", description = "1, or 3 with replication (default: 1).")
    private int brokers;

    @Option(names = "--seed", defaultValue = "1", description = "Decides faults and load (default: 1).")
    private long seed;

    @Option(names = "--scheduler-kills", defaultValue = "100", description = "Default: ${DEFAULT-VALUE}.")
    private int schedulerKills;

    @Option(names = "--agent-kills", defaultValue = "100", description = "Default: ${DEFAULT-VALUE}.")
    private int agentKills;

    @Option(names = "--broker-kills", defaultValue = "25", description = "Default: ${DEFAULT-VALUE}.")
    private int brokerKills;

    private ChaosMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new ChaosMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (clean) {
            System.out.println(ProcessLedger.clean(directory) + " processes ended");
            return 0;
        }
        Logging.toStandardError();
        Files.createDirectories(directory);
        ChaosReport report = ChaosRun.run(new ChaosSettings(
                directory,
                brokers == 1 ? ClusterLayout.usual() : ClusterLayout.replicated(),
                FaultCounts.of(schedulerKills, agentKills, brokerKills),
                seed));
        System.out.println(report);
        return report.findings().isEmpty() ? 0 : 1;
    }
}
