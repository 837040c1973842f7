package dev.millrace.bench;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.sim.Fleet;
import dev.millrace.agent.sim.RunTime;
import dev.millrace.agent.sim.SimulatedAgents;
import dev.millrace.agent.sim.SimulationConfig;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Counts how many tasks a second a cluster takes from request to end, with simulated agents or with those that it has: each task is submitted, placed, launched,
 * reported as running and as finished, and each status is read back as committed.
 */
public final class LifecycleBench {
    private static final Duration REGISTRATION_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);
    private static final long SIMULATED_CPU_MILLIS = 1_000;
    /** Several fit on a small machine's agent. */
    private static final long REAL_CPU_MILLIS = 100;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(2);

    private final ClusterConfig cluster;
    private final LifecycleSettings settings;
    private final Consumer<String> progress;

    /**
     * A measurement.
     *
     * @param cluster where; its scheduler runs
     * @param progress is told from time to time, in words, how far it is
     */
    public LifecycleBench(ClusterConfig cluster, LifecycleSettings settings, Consumer<String> progress) {
        this.cluster = cluster;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @throws ClusterException if the cluster does not do its part: no agent is accepted, or no task goes on
     */
    public LifecycleResult run() throws InterruptedException {
        try (var client = new MillraceClient(cluster)) {
            return settings.realAgents() ? measure(client) : simulateAndMeasure(client);
        }
    }

    private LifecycleResult simulateAndMeasure(MillraceClient client) throws InterruptedException {
        try (var agents = new SimulatedAgents(simulation())) {
            agents.start();
            if (!agents.awaitRegistered(REGISTRATION_TIMEOUT)) {
                throw new ClusterException(
                        "only " + agents.stats().active() + " of " + settings.agents() + " agents were accepted within "
                                + REGISTRATION_TIMEOUT.toSeconds() + " s; is a scheduler running?",
                        null);
            }
            progress.accept(settings.agents() + " simulated agents are registered");
            return measure(client);
        }
    }

    private LifecycleResult measure(MillraceClient client) throws InterruptedException {
        if (settings.warmUpTasks() > 0) {
            measure(client, settings.warmUpTasks(), "warm-up");
        }
        return measure(client, settings.tasks(), "measurement");
    }

    private SimulationConfig simulation() {
        return SimulationConfig.of(
                        cluster,
                        List.of(new Fleet(settings.agents(), AgentShape.EMPTY)),
                        new RunTime.Fixed(settings.runTime().toMillis()))
                .withAgents(settings.pool(), "bench");
    }

    private LifecycleResult measure(MillraceClient client, int tasks, String what) throws InterruptedException {
        var requests = requests(tasks);
        var ledger = new LifecycleLedger(
                requests.stream().map(TaskRequest::getTaskId).toList());
        var window = new Semaphore(settings.inFlight());
        long begunNs;
        long endedNs;
        try (var statuses = client.statuses(settings.pool(), Start.end())) {
            begunNs = System.nanoTime();
            var failure = new CompletableFuture<Void>();
            var submitter = new Thread(() -> submit(client, requests, ledger, window, failure), "bench-submit");
            submitter.setDaemon(true);
            submitter.start();
            try {
                endedNs = follow(statuses, ledger, window, failure, what);
            } finally {
                // If tasks no longer end, it waits for room in the window.
                submitter.interrupt();
                submitter.join();
            }
            readOn(client, statuses, ledger);
        }
        var took = Duration.ofNanos(endedNs - begunNs);
        return new LifecycleResult(
                settings,
                took,
                Math.round(tasks * 10_000_000_000.0 / took.toNanos()) / 10.0,
                ledger.toRunning(),
                ledger.toFinished(),
                ledger.statuses(),
                ledger.faults());
    }

    private List<TaskRequest> requests(int tasks) {
        var drawn = new byte[4];
        new SecureRandom().nextBytes(drawn);
        var submission = HexFormat.of().formatHex(drawn);
        var template = TaskRequest.newBuilder()
                .setPool(settings.pool())
                .setTaskId("")
                .setSubmissionId(submission)
                .setJob("bench")
                .setShell("true")
                .setResources(Resources.newBuilder()
                        .setCpuMillis(settings.realAgents() ? REAL_CPU_MILLIS : SIMULATED_CPU_MILLIS)
                        .setMemMib(16)
                        .build());
        return IntStream.range(0, tasks)
                .mapToObj(number -> template.setTaskId("bench-" + submission + "/task/" + number)
                        .setInstance(number)
                        .build())
                .toList();
    }

    private static void submit(
            MillraceClient client,
            List<TaskRequest> requests,
            LifecycleLedger ledger,
            Semaphore window,
            CompletableFuture<Void> failure) {
        try {
            for (int number = 0; number < requests.size(); number++) {
                window.acquire();
                ledger.submitted(number, System.nanoTime());
                CompletableFuture<?> unused = client.submit(requests.get(number))
                        .whenComplete((submitted, thrown) -> {
                            if (thrown != null) {
                                failure.completeExceptionally(thrown);
                            }
                        });
            }
        } catch (InterruptedException | RuntimeException e) {
            failure.completeExceptionally(e);
        }
    }

    /** Reads statuses until the last task has ended, and returns when that was. */
    private long follow(
            StatusStream statuses,
            LifecycleLedger ledger,
            Semaphore window,
            CompletableFuture<Void> failure,
            String what) {
        long movedNs = System.nanoTime();
        long toldNs = movedNs;
        int endedWhenTold = 0;
        while (!ledger.allEnded()) {
            int endedBefore = ledger.endedCount();
            var polled = statuses.poll(POLL);
            long nowNs = System.nanoTime();
            polled.forEach(status -> ledger.take(status, nowNs));
            window.release(ledger.endedCount() - endedBefore);
            if (ledger.endedCount() > endedBefore) {
                movedNs = nowNs;
            } else if (nowNs - movedNs > STALL_TIMEOUT.toNanos()) {
                throw new ClusterException(
                        "no task has ended for " + STALL_TIMEOUT.toSeconds() + " s; " + ledger.endedCount()
                                + " had before",
                        null);
            }
            // Throws what the submitter met with; without it this does nothing.
            failure.getNow(null);
            if (nowNs - toldNs > PROGRESS_EVERY.toNanos()) {
                long rate = (ledger.endedCount() - endedWhenTold) * TimeUnit.SECONDS.toNanos(1) / (nowNs - toldNs);
                progress.accept(what + ": " + ledger.endedCount() + " tasks ended, " + rate + " a second");
                toldNs = nowNs;
                endedWhenTold = ledger.endedCount();
            }
        }
        return System.nanoTime();
    }

    /** Nothing may come after the ends: what the scheduler put out until now is read and judged too. */
    private void readOn(MillraceClient client, StatusStream statuses, LifecycleLedger ledger) {
        long position = statuses.position();
        try (var end = client.statuses(settings.pool(), Start.end())) {
            while (position < end.position()) {
                statuses.poll(POLL).forEach(status -> ledger.take(status, System.nanoTime()));
                position = statuses.position();
            }
        }
    }
}
