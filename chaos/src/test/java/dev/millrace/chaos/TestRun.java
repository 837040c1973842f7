package dev.millrace.chaos;

import dev.millrace.chaos.cluster.ClusterLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A run as the properties say. {@code millrace.seed} decides which faults are done when. */
final class TestRun {
    static final int SCHEDULER_KILLS = Integer.getInteger("millrace.chaos.schedulerKills", 2);
    static final int AGENT_KILLS = Integer.getInteger("millrace.chaos.agentKills", 2);
    static final int BROKER_KILLS = Integer.getInteger("millrace.chaos.brokerKills", 1);

    private static final long SEED = Long.getLong("millrace.seed", 1);

    /** Start, drain, evidence: as long as the run itself waits for the first two, and some time for the third. */
    private static final Duration FOR_ALL_ELSE = Duration.ofMinutes(8);
    /** Faults of different lanes go on at the same time, so one may take three times as long, with what the cluster needs to get over it. */
    private static final Duration PER_FAULT = Duration.ofSeconds(10);

    private TestRun() {}

    /** Runs, prints what came of it, and removes what is left if nothing was found. Fails if it takes longer than it may. */
    static ChaosReport of(ClusterLayout layout, Map<FaultKind, Integer> counts)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("chaos-").toAbsolutePath();
        ChaosReport report = within(limit(counts), new ChaosSettings(directory, layout, counts, SEED));
        System.out.println(report);
        if (report.findings().isEmpty()) {
            remove(directory);
        }
        return report;
    }

    static Duration limit(Map<FaultKind, Integer> counts) {
        int faults = counts.values().stream().mapToInt(Integer::intValue).sum();
        return FOR_ALL_ELSE.plus(PER_FAULT.multipliedBy(faults));
    }

    /** Interrupts a run that is late, which then cleans up behind itself before the next one begins. */
    private static ChaosReport within(Duration limit, ChaosSettings settings) throws IOException, InterruptedException {
        Thread runner = Thread.currentThread();
        ScheduledExecutorService alarm = Executors.newSingleThreadScheduledExecutor();
        ScheduledFuture<?> late = alarm.schedule(runner::interrupt, limit.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return ChaosRun.run(settings);
        } catch (InterruptedException | IOException | RuntimeException e) {
            if (late.isDone()) {
                // Kafka's clients and files report an interrupt in their own ways, and leave it pending.
                boolean unused = Thread.interrupted();
                throw new AssertionError("not over after " + limit + "; see " + settings.directory(), e);
            }
            throw e;
        } finally {
            alarm.shutdownNow();
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
