package dev.millrace.chaos;

import dev.millrace.chaos.cluster.ClusterLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** A run with as many faults as the properties say. {@code millrace.seed} decides which. */
final class TestRun {
    private static final int SCHEDULER_KILLS = Integer.getInteger("millrace.chaos.schedulerKills", 2);
    private static final int AGENT_KILLS = Integer.getInteger("millrace.chaos.agentKills", 2);
    private static final int BROKER_KILLS = Integer.getInteger("millrace.chaos.brokerKills", 1);
    private static final long SEED = Long.getLong("millrace.seed", 1);

    private TestRun() {}

    /**
     * Runs, prints what came of it, and removes what is left if nothing was found.
     *
     * @param instead counts that are others than usual
     */
    static ChaosReport of(ClusterLayout layout, Map<FaultKind, Integer> instead)
            throws IOException, InterruptedException {
        Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
        counts.put(FaultKind.SCHEDULER_KILL, SCHEDULER_KILLS);
        counts.put(FaultKind.SCHEDULER_RESTART, SCHEDULER_KILLS / 10);
        counts.put(FaultKind.SCHEDULER_SUSPEND, 1 + SCHEDULER_KILLS / 10);
        counts.put(FaultKind.SCHEDULER_CUT, 1 + SCHEDULER_KILLS / 10);
        counts.put(FaultKind.AGENT_KILL, AGENT_KILLS);
        counts.put(FaultKind.AGENT_RESTART, AGENT_KILLS / 10);
        counts.put(FaultKind.AGENT_SUSPEND, 1 + AGENT_KILLS / 10);
        counts.put(FaultKind.AGENT_CUT, 1 + AGENT_KILLS / 10);
        counts.put(FaultKind.DISK_FULL, 1 + AGENT_KILLS / 10);
        counts.put(FaultKind.BROKER_KILL, BROKER_KILLS);
        counts.put(FaultKind.BROKER_SUSPEND, BROKER_KILLS / 5);
        counts.put(FaultKind.CLOCK_SKEW, 1 + BROKER_KILLS / 10);
        counts.put(FaultKind.POISON, 1 + BROKER_KILLS / 5);
        counts.putAll(instead);
        Path directory = Files.createTempDirectory("chaos-").toAbsolutePath();
        ChaosReport report = ChaosRun.run(new ChaosSettings(directory, layout, counts, SEED));
        System.out.println(report);
        if (report.findings().isEmpty()) {
            remove(directory);
        }
        return report;
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
