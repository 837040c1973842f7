package dev.millrace.core;

import dev.millrace.contract.DeadLetterReason;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What one step puts out: messages in the order in which they are to be sent, changes of stored records, and at most one rejection of
 * the input. Mutable; owned by whoever calls {@link Shard#on}, who clears it before each step.
 */
public final class Outbox {
    private final List<Message> messages = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private @Nullable Rejection rejection;

    /** The messages, in order. */
    public List<Message> messages() {
        return Collections.unmodifiableList(messages);
    }

    /** The changes, in order. */
    public List<Change> changes() {
        return Collections.unmodifiableList(changes);
    }

    /** Why the input was refused; null = it was not. */
    public @Nullable Rejection rejection() {
        return rejection;
    }

    /** Empties it for the next step. */
    public void clear() {
        messages.clear();
        changes.clear();
        rejection = null;
    }

    void send(Topic topic, String key, @Nullable SpecificRecord value) {
        messages.add(new Message(topic, key, Message.BY_TOPIC, value));
    }

    void sendToAgent(String agentId, int launchPartition, SpecificRecord value) {
        messages.add(new Message(Topic.TASK_LAUNCHES, agentId, launchPartition, value));
    }

    void change(Store store, String key, @Nullable SpecificRecord value) {
        changes.add(new Change(store, key, value));
    }

    void reject(DeadLetterReason reason, String detail) {
        if (rejection == null) {
            rejection = new Rejection(reason, detail);
        }
    }
}
