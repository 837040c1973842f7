package dev.millrace.client.framework;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Resources of one agent that a program holds: an offer to a framework of its own that wants nothing else. It stands until tasks are launched on it,
 * it is released, or the scheduler takes it back, which it does in a minute unless the pool says otherwise. Tasks on it end with it: when it is closed,
 * or soon after its program is gone. Any thread may use it.
 */
public final class Allocation implements AutoCloseable {
    /** For so long the tasks outlive a program that has died; it has no successor that could take them over. */
    private static final Duration FAILOVER_TIMEOUT = Duration.ofSeconds(10);

    private final SchedulerDriver driver;
    private final CompletableFuture<Offer> offered = new CompletableFuture<>();
    private final CompletableFuture<Void> rescinded = new CompletableFuture<>();
    private final AtomicBoolean answered = new AtomicBoolean();

    private Allocation(ClusterConfig cluster, FrameworkInfo info) {
        driver = SchedulerDriver.withoutSuccessor(cluster, info, new Holder());
    }

    /**
     * Waits until so much is offered on one agent; {@code MillraceClient.allocate} is how programs ask.
     *
     * @return the allocation; empty if there was no room in time
     * @throws dev.millrace.client.InvalidRequestException if it breaks rules of the contract
     * @throws ClusterException if the cluster cannot be reached or refuses
     */
    public static Optional<Allocation> ask(
            ClusterConfig cluster, String pool, String role, Resources needs, Duration timeout) {
        FrameworkRole wanted = FrameworkRole.newBuilder()
                .setRole(role)
                .setUnit(needs)
                .setUnitsWanted(1)
                .build();
        FrameworkInfo info = FrameworkInfo.of("allocation-" + UUID.randomUUID(), wanted)
                .inPool(pool)
                .named("allocation")
                .withFailoverTimeout(FAILOVER_TIMEOUT);
        Allocation allocation = new Allocation(cluster, info);
        boolean held = false;
        try {
            held = allocation.await(timeout);
            return held ? Optional.of(allocation) : Optional.empty();
        } finally {
            if (!held) {
                allocation.close();
            }
        }
    }

    private boolean await(Duration timeout) {
        driver.start();
        try {
            offered.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            if (driver.status() == DriverStatus.DRIVER_ABORTED) {
                throw new ClusterException("the cluster cannot be read any more", e);
            }
            return false;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ClusterException("nothing can be allocated: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** The agent that the resources are on. */
    public String agentId() {
        return offered.join().getAgentId();
    }

    /** The name of the agent's machine. */
    public String hostname() {
        return offered.join().getHostname();
    }

    /** What is held, with the very ports. */
    public Resources resources() {
        return offered.join().getResources();
    }

    /**
     * Launches tasks, which get the allocation's pool and role, on what is held; what they leave goes back at once. If it was taken back meanwhile, each
     * task has one status, {@code TASK_DROPPED} with sequence 0. {@code MillraceClient.watch} shows what becomes of them.
     *
     * @throws IllegalStateException if tasks were launched before, or the resources were released
     * @throws dev.millrace.client.InvalidRequestException if a task breaks rules of the contract
     */
    public void launch(List<TaskRequest> tasks) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("the resources were used or released before");
        }
        driver.launchTasks(List.of(offered.join()), tasks);
    }

    /** Gives the resources back if nothing was launched on them. Tasks that were launched are left alone. */
    public void release() {
        if (answered.compareAndSet(false, true)) {
            driver.declineOffer(offered.join());
        }
    }

    /** Completes when the scheduler takes back what is held, because it was not used in time, others need it more or the agent is gone. */
    public CompletableFuture<Void> rescinded() {
        return rescinded.copy();
    }

    /** Gives everything back: tasks that were launched and have not ended are killed. Waits until that is asked for. */
    @Override
    public void close() {
        driver.stop(false);
        driver.close();
    }

    /** Holds the first offer, and wants no other. */
    private final class Holder implements Scheduler {
        @Override
        public void resourceOffers(SchedulerDriver told, List<Offer> offers) {
            for (Offer offer : offers) {
                if (offered.complete(offer)) {
                    told.suppressOffers();
                } else {
                    told.declineOffer(offer);
                }
            }
        }

        @Override
        public void offerRescinded(SchedulerDriver told, String offerId) {
            rescinded.complete(null);
        }

        @Override
        public void statusUpdate(SchedulerDriver told, TaskStatus status) {
            // Whoever launched the task watches it.
        }

        @Override
        public void error(SchedulerDriver told, String message) {
            offered.completeExceptionally(new IllegalStateException(message));
        }
    }
}
