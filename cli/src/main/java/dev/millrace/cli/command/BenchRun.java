package dev.millrace.cli.command;

import dev.millrace.bench.Latency;
import dev.millrace.bench.StoppableBench;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.cli.up.FileTree;
import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.ClusterConfig;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What benchmarks of whole clusters have in common: where they run, and how latencies are shown. */
final class BenchRun {
    /** A measurement on a cluster. */
    @FunctionalInterface
    interface Measurement<T> {
        T on(ClusterConfig cluster) throws InterruptedException;
    }

    /** Makes a measurement ready. */
    @FunctionalInterface
    interface Opener<T> {
        /**
         * Starts what it needs.
         *
         * @param directory for all files; empty, and removed afterwards
         */
        StoppableBench<T> open(Path directory) throws IOException, InterruptedException;
    }

    private final CommandContext context;

    BenchRun(CommandContext context) {
        this.context = context;
    }

    /** Measures on the cluster that is named, else on one of its own; empty if the person did not want to wait. */
    <T> Optional<T> measure(ConnectionOptions connection, int realAgents, Measurement<T> measurement)
            throws IOException, InterruptedException, ExecutionException {
        var named = connection.bootstrapServers(context);
        var result = named.isPresent()
                ? Optional.of(measurement.on(connection.config(named.get())))
                : measureAlone(connection, realAgents, measurement);
        if (result.isEmpty()) {
            progress("stopped before the end");
        }
        return result;
    }

    /** Measures with processes or brokers of the measurement's own; empty if the person did not want to wait. */
    <T> Optional<T> measureApart(Opener<T> opener) throws IOException, InterruptedException, ExecutionException {
        CompletableFuture<Optional<T>> stoppable = stoppable();
        var directory = Files.createTempDirectory(TemporaryCluster.parent(), "millrace-bench-");
        try (var bench = opener.open(directory)) {
            var result = get(stoppable, bench::run);
            if (result.isEmpty()) {
                progress("stopped before the end");
            }
            return result;
        } finally {
            FileTree.remove(directory);
        }
    }

    void progress(String line) {
        context.terminal().err().println("millrace bench: " + line);
    }

    static Table table() {
        return new Table("MS", "P50>", "P90>", "P99>", "P99.9>", "MAX>");
    }

    static void row(Table table, String what, Latency latency) {
        table.row(
                what,
                Double.toString(latency.p50Ms()),
                Double.toString(latency.p90Ms()),
                Double.toString(latency.p99Ms()),
                Double.toString(latency.p999Ms()),
                Double.toString(latency.maxMs()));
    }

    static JsonRecords.Parts json(Latency latency) {
        return new JsonRecords.Parts(List.of(
                new Part("p50", BigDecimal.valueOf(latency.p50Ms())),
                new Part("p90", BigDecimal.valueOf(latency.p90Ms())),
                new Part("p99", BigDecimal.valueOf(latency.p99Ms())),
                new Part("p999", BigDecimal.valueOf(latency.p999Ms())),
                new Part("max", BigDecimal.valueOf(latency.maxMs()))));
    }

    /** On a cluster of its own, which is removed also when the person does not want to wait; then there is no result. */
    private <T> Optional<T> measureAlone(ConnectionOptions connection, int realAgents, Measurement<T> measurement)
            throws IOException, InterruptedException, ExecutionException {
        CompletableFuture<Optional<T>> result = stoppable();
        progress("starting a cluster for this measurement ...");
        try (var temporary = TemporaryCluster.start(connection.topics(), realAgents, this::progress)) {
            return get(result, () -> measurement.on(temporary.config()));
        }
    }

    /** What completes when a measurement has; empty if the person does not want to wait, from now on. */
    private static <T> CompletableFuture<Optional<T>> stoppable() {
        var result = new CompletableFuture<Optional<T>>();
        Signals.onStop(() -> result.complete(Optional.empty()));
        return result;
    }

    /** Measures on another thread, because not all that it waits for can be interrupted. */
    private static <T> Optional<T> get(CompletableFuture<Optional<T>> result, Callable<T> measurement)
            throws InterruptedException, ExecutionException {
        var measuring = new Thread(
                () -> {
                    try {
                        result.complete(Optional.of(measurement.call()));
                    } catch (Throwable e) {
                        // Exhausted memory, too: somebody waits for a result.
                        result.completeExceptionally(e);
                    }
                },
                "bench");
        measuring.setDaemon(true);
        measuring.start();
        return result.get();
    }
}
