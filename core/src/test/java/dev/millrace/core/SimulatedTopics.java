package dev.millrace.core;

import dev.millrace.schemas.Topic;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;

/**
 * The network and the broker: one partition of each inbound topic, and the ways there and back. What one sender sends to one receiver is delayed at
 * random and keeps its order. A producer whose acknowledgement was lost sends its record again before the next. The broker's clock, which stamps
 * records, jumps. Mutable; owned by the simulation's only thread.
 */
final class SimulatedTopics {
    private static final int LOST_ACKNOWLEDGEMENTS = 40;
    private static final int DUPLICATE_ATTEMPTS = 3;

    private final Random random;
    private final VirtualTime time;
    private final Map<Topic, List<Input>> logs = new EnumMap<>(Topic.class);
    private final Map<String, Long> ways = new HashMap<>();
    private Runnable onAppend = () -> {};
    private long skewMs;
    private long largestSkewMs;
    private int jumps;

    SimulatedTopics(Random random, VirtualTime time) {
        this.random = random;
        this.time = time;
        for (Topic topic : Topic.inbound()) {
            logs.put(topic, new ArrayList<>());
        }
    }

    /** Tells whoever reads the topics that there is more. */
    void onAppend(Runnable reader) {
        onAppend = reader;
    }

    /**
     * Publishes a record.
     *
     * @param isLost asked on arrival: whether the sender has died before it could send it
     * @param acknowledged run when the sender knows that the record is in the log
     */
    void publish(String sender, Topic topic, SpecificRecord record, BooleanSupplier isLost, Runnable acknowledged) {
        int copies = 1;
        while (copies < DUPLICATE_ATTEMPTS && random.nextInt(LOST_ACKNOWLEDGEMENTS) == 0) {
            copies++;
        }
        for (int copy = 1; copy <= copies; copy++) {
            boolean last = copy == copies;
            send(sender, () -> {
                if (!isLost.getAsBoolean()) {
                    append(topic, record);
                    if (last) {
                        acknowledged.run();
                    }
                }
            });
        }
    }

    /** Lets something arrive after all that was sent that way before. */
    void send(String way, Runnable arrival) {
        long delayMs = random.nextInt(10) == 0 ? random.nextInt(2_000) : random.nextInt(30);
        long arrivalMs = Math.max(time.nowMs() + delayMs, ways.getOrDefault(way, 0L));
        ways.put(way, arrivalMs);
        time.at(arrivalMs, arrival);
    }

    /** Holds back what is sent that way from now on. */
    void cutOff(String way, long forMs) {
        ways.merge(way, time.nowMs() + forMs, Math::max);
    }

    /** Puts a record into a topic with the broker's time. */
    void append(Topic topic, SpecificRecord record) {
        logs.get(topic).add(new Input(topic, time.nowMs() + skewMs, record));
        onAppend.run();
    }

    /** Whether the topic has a record at that offset yet. */
    boolean has(Topic topic, int offset) {
        return offset < logs.get(topic).size();
    }

    Input at(Topic topic, int offset) {
        return logs.get(topic).get(offset);
    }

    /** Sets the broker's clock by seconds up to hours, forwards or backwards. */
    void jump() {
        long largestMs = List.of(5_000L, 60_000L, 3_600_000L, 6 * 3_600_000L).get(random.nextInt(4));
        skewMs += Math.round(largestMs * (2 * random.nextDouble() - 1));
        largestSkewMs = Math.max(largestSkewMs, skewMs);
        jumps++;
    }

    /** Sets the broker's clock as far forward as it has ever been, so that nothing waits for a time that was near once. */
    void catchUp() {
        skewMs = largestSkewMs;
        jumps++;
    }

    /** The broker's time. */
    long brokerMs() {
        return time.nowMs() + skewMs;
    }

    /** How often the broker's clock was set. */
    int jumps() {
        return jumps;
    }
}
