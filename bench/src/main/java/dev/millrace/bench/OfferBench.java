package dev.millrace.bench;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.sim.Fleet;
import dev.millrace.agent.sim.RunTime;
import dev.millrace.agent.sim.SimulatedAgents;
import dev.millrace.agent.sim.SimulationConfig;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.framework.FrameworkConnection;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long it takes from resources becoming free to the framework's having the offer of them. Each of many simulated agents has room for
 * one task; a framework launches one on each offer; when it ends, the agent is offered again. All is in one process, so there is one clock.
 */
public final class OfferBench {
    private static final Duration REGISTRATION_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long NS_PER_MS = 1_000_000;

    /** What is known of an agent's last task. */
    private static final class Slot {
        long acceptedNs;

        @Nullable
        Instant endedAt;

        @Nullable
        Instant offeredAt;
    }

    private final ClusterConfig cluster;
    private final OfferSettings settings;
    private final Consumer<String> progress;
    /** What is drawn decides only how the ends are spread. */
    private final Random random = new Random(1);

    private final Map<String, Slot> slots = new HashMap<>();
    private final Histogram freeToOffer = new Histogram(3);
    private final Histogram acceptToRunning = new Histogram(3);
    private long launched;
    private long measured;

    /**
     * A measurement.
     *
     * @param cluster where; its scheduler runs
     * @param progress is told from time to time, in words, how far it is
     */
    public OfferBench(ClusterConfig cluster, OfferSettings settings, Consumer<String> progress) {
        this.cluster = cluster;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @throws ClusterException if the cluster does not do its part: no agent is accepted, or nothing is offered any more
     */
    public OfferResult run() throws InterruptedException {
        SimulationConfig simulation = SimulationConfig.of(
                        cluster,
                        List.of(new Fleet(settings.agents(), AgentShape.EMPTY)),
                        new RunTime.Fixed(settings.runTime().toMillis()))
                .withAgents(settings.pool(), "bench");
        try (var agents = new SimulatedAgents(simulation)) {
            agents.start();
            if (!agents.awaitRegistered(REGISTRATION_TIMEOUT)) {
                throw new ClusterException(
                        "only " + agents.stats().active() + " of " + settings.agents() + " agents were accepted within "
                                + REGISTRATION_TIMEOUT.toSeconds() + " s; is a scheduler running?",
                        null);
            }
            progress.accept(settings.agents() + " simulated agents are registered");
            String id = "bench-" + Long.toHexString(System.nanoTime());
            FrameworkInfo info = FrameworkInfo.of(id, "bench").inPool(settings.pool());
            try (var framework = new FrameworkConnection(cluster, info)) {
                measure(framework, settings.warmUpTasks());
                progress.accept("warmed up with " + settings.warmUpTasks() + " tasks");
                freeToOffer.reset();
                acceptToRunning.reset();
                long begunNs = System.nanoTime();
                measure(framework, settings.tasks());
                Duration took = Duration.ofNanos(System.nanoTime() - begunNs);
                framework.tearDown().join();
                return new OfferResult(settings, took, Latency.of(freeToOffer), Latency.of(acceptToRunning));
            }
        }
    }

    private void measure(FrameworkConnection framework, int tasks) {
        long until = measured + tasks;
        long movedNs = System.nanoTime();
        while (measured < until) {
            long before = measured;
            List<SpecificRecord> events = framework.poll(POLL);
            Instant now = Instant.now();
            for (SpecificRecord event : events) {
                take(framework, event, now);
            }
            if (measured > before) {
                movedNs = System.nanoTime();
            } else if (System.nanoTime() - movedNs > STALL_TIMEOUT.toNanos()) {
                throw new ClusterException("nothing was offered for " + STALL_TIMEOUT.toSeconds() + " s", null);
            }
        }
    }

    private void take(FrameworkConnection framework, SpecificRecord event, Instant now) {
        if (event instanceof OffersMade made) {
            for (Offer offer : made.getOffers()) {
                Slot slot = slots.computeIfAbsent(offer.getAgentId(), agent -> new Slot());
                slot.offeredAt = slot.acceptedNs == 0 ? null : now;
                settle(slot);
                slot.acceptedNs = System.nanoTime();
                framework
                        .launch(List.of(offer), List.of(task(framework, offer)))
                        .join();
            }
        } else if (event instanceof TaskStatus status) {
            Slot slot = status.getAgentId() == null ? null : slots.get(status.getAgentId());
            if (slot != null && status.getState() == TaskState.TASK_RUNNING) {
                acceptToRunning.recordValue(System.nanoTime() - slot.acceptedNs);
            } else if (slot != null && status.getTaskEnded()) {
                slot.endedAt = status.getEndedAt();
                settle(slot);
            }
        } else if (event instanceof FrameworkError error) {
            throw new ClusterException("the scheduler refused " + error.getCall() + ": " + error.getMessage(), null);
        }
    }

    /** The offer may be read before the end of the task, which is in another topic. */
    private void settle(Slot slot) {
        if (slot.endedAt != null && slot.offeredAt != null) {
            long ms = Math.max(0, Duration.between(slot.endedAt, slot.offeredAt).toMillis());
            freeToOffer.recordValue(ms * NS_PER_MS);
            measured++;
            slot.endedAt = null;
            slot.offeredAt = null;
        }
    }

    /** A task that takes all that is worth offering. */
    private TaskRequest task(FrameworkConnection framework, Offer offer) {
        long runMs = 1 + random.nextLong(2 * settings.runTime().toMillis());
        return TaskRequest.newBuilder()
                .setPool(settings.pool())
                .setTaskId(framework.info().id() + "/" + launched++)
                .setShell("true")
                .setResources(Resources.newBuilder()
                        .setCpuMillis(offer.getResources().getCpuMillis())
                        .setMemMib(offer.getResources().getMemMib())
                        .build())
                .setLabels(List.of(new KeyValue("sim.runMs", Long.toString(runMs))))
                .build();
    }
}
