package dev.millrace.bench.core;

import dev.millrace.contract.Continue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Tick;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.core.Outbox;
import dev.millrace.core.Rejection;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topic;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A shard of the scheduler without anything around it: it is given inputs one by one, its clock is moved by hand, and what it launches is
 * listed. Mutable; owned by the thread that measures.
 */
final class LoneShard {
    /** The pool that everything is in. */
    static final String POOL = "bench";

    private static final long TICK_MS = 250;

    private final Shard shard = new Shard(0, 1);
    private final Outbox out = new Outbox();
    private final List<LaunchTask> launched = new ArrayList<>();
    private long wallMs = 1_700_000_000_000L;
    private @Nullable SpecificRecord next;
    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final long thread = Thread.currentThread().getId();
    private long stepNanos;
    private long stepCpuNanos;
    private long stepBytes;

    LoneShard() {
        shard.restored();
        on(new Tick(0, TICK_MS));
    }

    long wallMs() {
        return wallMs;
    }

    /** Takes one input and nothing of what the shard then sends itself. What a bench puts in is never refused. */
    void step(SpecificRecord value) {
        out.clear();
        Input input = new Input(topicOf(value), wallMs, value);
        long bytesBefore = threads.getThreadAllocatedBytes(thread);
        long cpuNanosBefore = threads.getThreadCpuTime(thread);
        long beganNanos = System.nanoTime();
        shard.on(input, out);
        stepNanos = System.nanoTime() - beganNanos;
        stepCpuNanos = threads.getThreadCpuTime(thread) - cpuNanosBefore;
        stepBytes = threads.getThreadAllocatedBytes(thread) - bytesBefore;
        Rejection rejection = out.rejection();
        if (rejection != null) {
            throw new IllegalStateException("the scheduler refuses " + value + ": " + rejection.detail());
        }
        next = null;
        launched.clear();
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch) {
                launched.add(launch);
            } else if (message.value() instanceof Continue) {
                next = message.value();
            }
        }
    }

    /** Takes an input and all that the shard then sends itself. */
    void on(SpecificRecord value) {
        step(value);
        while (goesOn()) {
            goOn();
        }
    }

    /** Whether the last step left something for the next. */
    boolean goesOn() {
        return next != null;
    }

    /** Takes what the shard sent itself. */
    void goOn() {
        if (next == null) {
            throw new IllegalStateException("the last step left nothing to do");
        }
        step(next);
    }

    /** Lets so much time pass, and a tick come; what the shard then sends itself is for the caller. */
    void tickAfter(long ms) {
        wallMs += ms;
        step(new Tick(0, TICK_MS));
    }

    /** What the last step launched. */
    List<LaunchTask> launched() {
        return launched;
    }

    /** How long the last step took. */
    long stepNanos() {
        return stepNanos;
    }

    /** How long it had a processor: not while others had it, nor while memory was tidied up. */
    long stepCpuNanos() {
        return stepCpuNanos;
    }

    /** How many bytes it allocated. */
    long stepBytes() {
        return stepBytes;
    }

    private static Topic topicOf(SpecificRecord value) {
        for (Topic topic : Topic.inbound()) {
            if (topic.types().contains(value.getClass())) {
                return topic;
            }
        }
        throw new IllegalArgumentException("no inbound topic carries " + value.getClass());
    }
}
