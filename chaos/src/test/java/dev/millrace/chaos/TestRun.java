package dev.millrace.chaos;

import dev.millrace.chaos.cluster.ClusterLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** A run as the properties say. {@code millrace.seed} decides which faults are done when. */
final class TestRun {
    static final int SCHEDULER_KILLS = Integer.getInteger("millrace.chaos.schedulerKills", 2);
    static final int AGENT_KILLS = Integer.getInteger("millrace.chaos.agentKills", 2);
    static final int BROKER_KILLS = Integer.getInteger("millrace.chaos.brokerKills", 1);

    private static final long SEED = Long.getLong("millrace.seed", 1);

    private TestRun() {}

    /** Runs, prints what came of it, and removes what is left if nothing was found. */
    static ChaosReport of(ClusterLayout layout, Map<FaultKind, Integer> counts)
            throws IOException, InterruptedException {
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
