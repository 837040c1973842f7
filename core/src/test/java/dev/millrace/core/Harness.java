package dev.millrace.core;

import dev.millrace.contract.Continue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * A shard with what surrounds it: it feeds inputs, delivers the shard's own Continues, keeps what comes out, reads the status stream as a
 * consumer would and, beside the shard, keeps one that is rebuilt from the stored records before every step and must put out the same.
 */
final class Harness {
    static final long TICK_MS = 250;

    private final int entitiesPerStep;
    private final Shard shard;
    private final StoredState stored = new StoredState();
    private final StatusLedger ledger = new StatusLedger();
    private final List<Message> messages = new ArrayList<>();
    private final List<Rejection> rejections = new ArrayList<>();
    private final ArrayDeque<SpecificRecord> toItself = new ArrayDeque<>();
    private long wallMs = 1_700_000_000_000L;
    private int largestStep;
    private boolean losesContinues;

    Harness() {
        this(Budget.PER_STEP);
    }

    /** One whose steps change no more than so many entities. */
    Harness(int entitiesPerStep) {
        this.entitiesPerStep = entitiesPerStep;
        shard = new Shard(0, 4, entitiesPerStep);
        shard.restored();
        tick();
    }

    /** Takes an input and all that the shard then sends itself. */
    Harness on(SpecificRecord value) {
        step(new Input(topicOf(value), wallMs, value));
        while (!toItself.isEmpty()) {
            step(new Input(Topic.INTERNAL, wallMs, toItself.poll()));
        }
        return this;
    }

    Harness tick() {
        wallMs += TICK_MS;
        return on(new Tick(0, TICK_MS));
    }

    /** Lets so much elapsed time pass in ticks. */
    Harness pass(long ms) {
        for (long passed = 0; passed < ms; passed += TICK_MS) {
            tick();
        }
        return this;
    }

    /** From now on no Continue comes back. */
    void loseContinues() {
        losesContinues = true;
    }

    /** The most tasks that one step has launched since messages were forgotten. */
    int largestStep() {
        return largestStep;
    }

    long wallMs() {
        return wallMs;
    }

    List<TaskState> states(String taskId) {
        return statuses(taskId).stream().map(TaskStatus::getState).toList();
    }

    List<TaskStatus> statuses(String taskId) {
        return sent(TaskStatus.class).stream()
                .filter(s -> s.getTaskId().equals(taskId))
                .toList();
    }

    TaskStatus last(String taskId) {
        return ledger.of(taskId);
    }

    List<LaunchTask> launches() {
        return sent(LaunchTask.class);
    }

    List<KillTask> kills() {
        return sent(KillTask.class);
    }

    List<PendingExplained> explanations() {
        return sent(PendingExplained.class);
    }

    List<Rejection> rejections() {
        return rejections;
    }

    StoredState stored() {
        return stored;
    }

    /** The messages of that type that were sent so far. */
    <T extends SpecificRecord> List<T> sent(Class<T> type) {
        return messages.stream()
                .map(Message::value)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    void forgetMessages() {
        messages.clear();
        largestStep = 0;
    }

    private void step(Input input) {
        Outbox expected = new Outbox();
        stored.restore(new Shard(0, 4, entitiesPerStep)).on(input, expected);
        Outbox out = new Outbox();
        shard.on(input, out);
        if (!out.messages().equals(expected.messages()) || !out.changes().equals(expected.changes())) {
            throw new AssertionError("a restored shard puts out\n" + expected.messages() + expected.changes()
                    + "\ninstead of\n" + out.messages() + out.changes() + "\non " + input);
        }
        stored.apply(out);
        for (Change change : out.changes()) {
            if (change.store() == Store.TASKS && change.value() == null) {
                ledger.forget(change.key().substring(change.key().indexOf('/') + 1));
            }
        }
        int launches = 0;
        for (Message message : out.messages()) {
            messages.add(message);
            launches += message.value() instanceof LaunchTask ? 1 : 0;
            if (message.value() instanceof Continue && !losesContinues) {
                toItself.add(message.value());
            } else if (message.value() instanceof TaskStatus status) {
                ledger.take(status);
            }
        }
        largestStep = Math.max(largestStep, launches);
        if (out.rejection() != null) {
            rejections.add(out.rejection());
        }
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
