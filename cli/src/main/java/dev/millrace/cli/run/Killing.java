package dev.millrace.cli.run;

import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.contract.KillRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Asks for the tasks of an interrupted run to be killed, again and again while the cluster is away. It never blocks, so that a second
 * interrupt is heard meanwhile. Mutable; owned by the thread that reads the statuses.
 */
final class Killing {
    private final MillraceClient client;
    private final List<KillRequest> requests;
    private CompletableFuture<Void> sent;

    Killing(MillraceClient client, String pool, List<String> taskIds) {
        this.client = client;
        this.requests = taskIds.stream()
                .map(taskId -> new KillRequest(pool, taskId, null, "", "millrace run was interrupted"))
                .toList();
        this.sent = send();
    }

    /**
     * Begins anew if the requests could not be sent; to be called again and again.
     *
     * @throws ClusterException if the cluster refuses them
     */
    void look() {
        if (sent.isCompletedExceptionally()) {
            var failure = sent.handle((done, thrown) -> thrown).join();
            if (!(failure.getCause() instanceof RetriableException)) {
                throw new ClusterException("the tasks could not be killed: " + failure.getMessage(), failure);
            }
            sent = send();
        }
    }

    /** On a thread of its own: where the topic's leader is not known, Kafka's producer keeps its caller waiting. */
    private CompletableFuture<Void> send() {
        var sending = new CompletableFuture<Void>();
        var thread = new Thread(
                () -> {
                    try {
                        Sending.kills(client, requests);
                        sending.complete(null);
                    } catch (Throwable e) {
                        sending.completeExceptionally(e);
                    }
                },
                "kills");
        thread.setDaemon(true);
        thread.start();
        return sending;
    }
}
