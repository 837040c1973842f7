package dev.millrace.cli.run;

import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Submitted;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.TaskRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** Sends requests, and returns when all of them are safe. */
public final class Sending {
    private Sending() {}

    /**
     * Submits tasks.
     *
     * @throws ClusterException if a request could not be sent; others may have been
     */
    public static void tasks(MillraceClient client, List<TaskRequest> requests) {
        await(requests.stream().map(client::submit));
    }

    /**
     * Asks for tasks to be killed.
     *
     * @throws ClusterException if a request could not be sent; others may have been
     */
    public static void kills(MillraceClient client, List<KillRequest> requests) {
        await(requests.stream().map(client::kill));
    }

    private static void await(Stream<CompletableFuture<Submitted>> sent) {
        try {
            CompletableFuture.allOf(sent.toArray(CompletableFuture<?>[]::new)).join();
        } catch (CompletionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new ClusterException("a request could not be sent: " + cause.getMessage(), cause);
        }
    }
}
