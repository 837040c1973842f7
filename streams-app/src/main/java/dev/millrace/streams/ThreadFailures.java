package dev.millrace.streams;

import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.NewerStateException;
import dev.millrace.streams.engine.StoredSumException;
import dev.millrace.streams.engine.TopicRecreatedException;
import dev.millrace.streams.topology.LogWentBackException;
import dev.millrace.streams.topology.StepFailedException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;

/** Judges whether a stream thread that failed is worth replacing. Mutable and thread-safe. */
final class ThreadFailures {
    private final CrashLoopBreaker breaker;
    private final Topics topics;
    private final String bootstrapServers;
    /** The partitions that were read back as something else than was stored, and have not gone on since. */
    private final Set<Integer> misread = ConcurrentHashMap.newKeySet();

    ThreadFailures(CrashLoopBreaker breaker, Topics topics, String bootstrapServers) {
        this.breaker = breaker;
        this.topics = topics;
        this.bootstrapServers = bootstrapServers;
    }

    /** A partition goes on, of which so many inputs were taken. */
    void ready(int partition, long inputs) {
        breaker.ready(partition, inputs);
        misread.remove(partition);
    }

    /** A partition's time has passed. */
    void ticked(int partition) {
        breaker.ticked(partition);
    }

    /**
     * Why another stream thread would do no better; empty if it may. Called on the thread that failed, which may wait for the broker, unlike those
     * that live.
     *
     * @param change what of the inbound topics is no longer as it was, as {@link TopicWatch#change} tells it
     */
    Optional<String> hopeless(Throwable thrown, Function<Boolean, Optional<String>> change) {
        Optional<TopicRecreatedException> recreated = cause(thrown, TopicRecreatedException.class);
        if (recreated.isPresent()) {
            return recreated.map(Throwable::getMessage);
        }
        Optional<NewerStateException> newer = cause(thrown, NewerStateException.class);
        if (newer.isPresent()) {
            return newer.map(Throwable::getMessage);
        }
        Optional<StoredSumException> misreading = cause(thrown, StoredSumException.class);
        if (misreading.isPresent()) {
            // What was in memory may have been stale; the thread that takes this one's place reads everything anew.
            return misread.add(misreading.get().partition())
                    ? Optional.empty()
                    : misreading.map(e ->
                            e.getMessage() + "; reading them anew did not help; have put back what was stored with: "
                                    + topics.command("recover", bootstrapServers));
        }
        if (cause(thrown, FencedInstanceIdException.class).isPresent()) {
            return Optional.of("another scheduler was started under the same instance id; give each an --instance-id"
                    + " and a state directory of its own");
        }
        Optional<StepFailedException> step = cause(thrown, StepFailedException.class);
        if (step.isPresent()) {
            // No more than two for each input, so this ends by itself, unless it is time itself that stands still.
            return step.get().tick() && breaker.tickFailed(step.get().partition())
                    ? Optional.of("the core fails on every tick, without which nothing is ever due; the last time: "
                            + rootCause(thrown))
                    : Optional.empty();
        }
        // A topic that only one of two misses is a new one that is not known everywhere yet.
        Optional<String> changed =
                change.apply(cause(thrown, MissingSourceTopicException.class).isPresent());
        if (changed.isPresent()) {
            return changed;
        }
        Optional<LogWentBackException> wentBack = cause(thrown, LogWentBackException.class);
        if (wentBack.isPresent()) {
            // Another thread would take what is in a new topic for what was taken before, and skip it.
            return wentBack.map(
                    e -> e.getMessage() + ": the topic was made anew, which no broker says yet, or it has lost its end."
                            + " Start the scheduler again: if that is refused, the topic was made anew; otherwise it has lost its end,"
                            + " and what was written since is skipped up to the highest offset that was taken before");
        }
        return breaker.failed(partition(thrown))
                ? Optional.of("stream threads failed " + CrashLoopBreaker.MAX_FAILURES + " times within "
                        + CrashLoopBreaker.WINDOW.toMinutes() + " minutes without any progress; the last time: "
                        + rootCause(thrown))
                : Optional.empty();
    }

    private static OptionalInt partition(Throwable thrown) {
        return cause(thrown, StreamsException.class)
                .flatMap(StreamsException::taskId)
                .map(taskId -> OptionalInt.of(taskId.partition()))
                .orElse(OptionalInt.empty());
    }

    private static <T extends Throwable> Optional<T> cause(Throwable thrown, Class<T> type) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return Optional.of(type.cast(t));
            }
        }
        return Optional.empty();
    }

    /** What went wrong, for people. */
    static String what(Throwable thrown) {
        return cause(thrown, StepFailedException.class)
                .map(Throwable::getMessage)
                .orElseGet(() -> String.valueOf(rootCause(thrown)));
    }

    static Throwable rootCause(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
