package dev.millrace.cli.run;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ReadModel;
import dev.millrace.client.Waiting;
import dev.millrace.contract.PendingExplained;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Asks the scheduler's state why tasks wait, on a thread of its own, because loading it may take seconds. It is loaded at the first question:
 * most runs have none. Thread-safe.
 */
final class WaitingInquiry implements WaitWatch.Question, AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ClusterConfig config;
    private final String pool;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        var made = new Thread(task, "waiting-inquiry");
        made.setDaemon(true);
        return made;
    });

    /** Used by the thread alone. */
    private @Nullable ReadModel model;

    WaitingInquiry(ClusterConfig config, String pool) {
        this.config = config;
        this.pool = pool;
    }

    @Override
    public CompletableFuture<Map<String, PendingExplained>> ask(Collection<String> taskIds) {
        var ids = List.copyOf(taskIds);
        return CompletableFuture.supplyAsync(() -> answer(ids), thread);
    }

    private Map<String, PendingExplained> answer(List<String> taskIds) {
        if (model == null) {
            model = ReadModel.of(config, pool);
        } else {
            model.refresh(TIMEOUT);
        }
        var current = model;
        var reasons = new HashMap<String, PendingExplained>();
        for (var taskId : taskIds) {
            current.task(pool, taskId)
                    .flatMap(current::waiting)
                    .flatMap(Waiting::explained)
                    .ifPresent(explained -> reasons.put(taskId, explained));
        }
        return reasons;
    }

    /** Does not wait for an answer that is still being looked for. */
    @Override
    public void close() {
        thread.execute(() -> {
            if (model != null) {
                model.close();
            }
        });
        thread.shutdown();
    }
}
