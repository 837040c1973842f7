package dev.millrace.chaos;

import dev.millrace.chaos.check.Size;
import dev.millrace.chaos.check.Witness;
import dev.millrace.chaos.cluster.Patience;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Submitted;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits tasks that write down what they do, as long as it is not finished, and kills some of them: short ones, ones that fail once or always, and
 * services that start again and again until they are killed. A thread of its own does; any may ask.
 */
final class Load implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Load.class);
    private static final int MAX_UNDER_WAY = 30;
    private static final Duration PAUSE = Duration.ofMillis(120);
    private static final int SERVICES = 3;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final MillraceClient client;
    private final ClusterWatch watch;
    private final List<String> pools;
    private final Path witnesses;
    private final Random random;
    private final Thread thread;
    private final Map<String, Size> submitted = new LinkedHashMap<>();
    private final List<String> acknowledged = new ArrayList<>();
    private final Queue<TaskRequest> services = new ArrayDeque<>();
    private volatile boolean finished;
    private volatile @Nullable RuntimeException failure;

    /** @param witnesses the file that tasks write to */
    Load(ClusterConfig config, ClusterWatch watch, List<String> pools, Path witnesses, long seed) {
        this.client = new MillraceClient(config);
        this.watch = watch;
        this.pools = pools;
        this.witnesses = witnesses;
        this.random = new Random(seed);
        thread = new Thread(this::work, "load");
        thread.start();
    }

    /** What every task needs whose request was handed to Kafka. */
    synchronized Map<String, Size> submitted() {
        return Map.copyOf(submitted);
    }

    /** The tasks whose requests Kafka has acknowledged. */
    synchronized Set<String> acknowledged() {
        return Set.copyOf(acknowledged);
    }

    /**
     * Submits nothing more, and kills the services; returns when those kills are acknowledged.
     *
     * @throws IllegalStateException if it could not go on until now
     */
    void finish() throws InterruptedException {
        finished = true;
        thread.join();
        if (failure != null) {
            throw new IllegalStateException("the load ended early", failure);
        }
    }

    /** Ends it as it is, if it is not finished. */
    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join();
        client.close();
    }

    private void work() {
        try {
            submitAndKill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void submitAndKill() throws InterruptedException {
        for (int number = 0; !finished; number++) {
            if (number % 4 == 0 || underWay() < MAX_UNDER_WAY) {
                submit(number);
            }
            if (services.size() > SERVICES) {
                kill(services.remove());
            }
            Patience.pause(PAUSE);
        }
        while (!services.isEmpty()) {
            kill(services.remove());
        }
    }

    private synchronized int underWay() {
        return submitted.size() - watch.ended();
    }

    private void submit(int number) throws InterruptedException {
        TaskRequest request = request(number);
        synchronized (this) {
            submitted.put(
                    request.getTaskId(),
                    new Size(
                            request.getResources().getCpuMillis(),
                            request.getResources().getMemMib()));
        }
        untilAcknowledged(request.getTaskId(), () -> client.submit(request));
        synchronized (this) {
            acknowledged.add(request.getTaskId());
        }
        if (request.getRestartPolicy().getMode() == RestartMode.ALWAYS) {
            services.add(request);
        } else if (random.nextInt(20) == 0) {
            kill(request);
        }
    }

    private void kill(TaskRequest request) throws InterruptedException {
        untilAcknowledged(
                request.getTaskId(), () -> client.kill(request.getPool(), request.getTaskId(), "enough of it"));
    }

    /** A request may be repeated: its id is taken once. */
    private static void untilAcknowledged(String task, Supplier<CompletableFuture<Submitted>> sending)
            throws InterruptedException {
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                sending.get().get();
                return;
            } catch (ExecutionException e) {
                boolean mayHelp = e.getCause() instanceof KafkaException || e.getCause() instanceof ClusterException;
                if (!mayHelp || System.nanoTime() - deadlineNs > 0) {
                    throw new IllegalStateException(task + " could not be sent", e);
                }
                LOG.info("{} is sent once more: {}", task, e.getMessage());
            }
        }
    }

    private TaskRequest request(int number) {
        String exitCode = "0";
        RestartMode mode = RestartMode.NEVER;
        switch (random.nextInt(10)) {
            case 0 -> mode = RestartMode.ALWAYS;
            case 1 -> {
                // Fails at first.
                mode = RestartMode.ON_FAILURE;
                exitCode = "$((MILLRACE_ATTEMPT == 1))";
            }
            case 2 -> {
                mode = RestartMode.ON_FAILURE;
                exitCode = "3";
            }
            case 3 -> mode = RestartMode.ON_FAILURE;
            default -> {}
        }
        String seconds = String.format(Locale.ROOT, "%.1f", 0.1 + random.nextInt(20) / 10.0);
        boolean waits = random.nextInt(4) == 0;
        return TaskRequest.newBuilder()
                .setPool(pools.get(random.nextInt(pools.size())))
                .setTaskId("chaos/" + number)
                .setShell(Witness.shell(seconds, exitCode))
                .setEnvironment(List.of(new KeyValue("WITNESSES", witnesses.toString())))
                .setResources(Resources.newBuilder()
                        .setCpuMillis(100 + 100L * random.nextInt(7))
                        .setMemMib(16 + 16L * random.nextInt(16))
                        .build())
                .setRestartPolicy(RestartPolicy.newBuilder()
                        .setMode(mode)
                        .setAttempts(mode == RestartMode.ALWAYS ? 0 : 3)
                        .setDelayMs(200)
                        .setMaxDelayMs(1_000)
                        .build())
                .setUnreachablePolicy(UnreachablePolicy.newBuilder()
                        .setAction(waits ? UnreachableAction.WAIT : UnreachableAction.REPLACE)
                        .setTimeoutMs(500L * random.nextInt(6))
                        .build())
                .build();
    }
}
