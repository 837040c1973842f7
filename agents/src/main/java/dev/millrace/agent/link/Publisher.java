package dev.millrace.agent.link;

import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Encodes what agents say and hands it to Kafka's producer, each topic's records in the order in which they came. It never waits: what comes
 * before there is a producer, or while the producer's buffer is full, is kept until it can be handed on. So are log chunks while many bytes of
 * them are unacknowledged, lest they fill the buffer and hold up the reports.
 *
 * <p>The producer must be one that does not block: {@code max.block.ms=0}.
 *
 * <p>Mutable and thread-safe. Outcomes may be told under its lock, but never while a caller's record has no place in the order yet.
 */
final class Publisher {

    /** Told once what became of a record; by the producer's thread as a rule, so it must not wait. */
    interface Outcome {
        /** {@code failure} is null when the record is safe in Kafka. */
        void settled(@Nullable Exception failure);
    }

    private final Topics topics;
    private final long maxLogBytes;
    private final RecordCodec codec = new RecordCodec();
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicInteger unsettled = new AtomicInteger();
    private final Deque<Sending> waitingEvents = new ArrayDeque<>();
    private final Deque<Sending> waitingLogs = new ArrayDeque<>();
    /** When a record was settled, or given to a producer that had none; both by the monotonic clock. */
    private volatile long progressNs;

    /** True = one of the two is not empty; read without the lock. */
    private volatile boolean waiting;

    private @Nullable Producer<byte[], byte[]> producer;
    private long logBytes;

    /**
     * A publisher that keeps everything until it has a producer.
     *
     * @param maxLogBytes how many bytes of log chunks may be unacknowledged at a time
     */
    Publisher(Topics topics, long maxLogBytes) {
        this.topics = topics;
        this.maxLogBytes = maxLogBytes;
    }

    /** Gives it its producer, which gets all that has waited. */
    synchronized void connect(Producer<byte[], byte[]> connected) {
        producer = connected;
        sendWaiting();
    }

    /** Publishes a record on agent-events or task-logs. */
    synchronized void publish(Topic topic, byte[] key, SpecificRecord record, Outcome outcome) {
        byte[] value = codec.encode(record);
        Sending sending = new Sending(new ProducerRecord<>(topics.name(topic), key, value), outcome);
        (topic == Topic.TASK_LOGS ? waitingLogs : waitingEvents).add(sending);
        sendWaiting();
    }

    /** Publishes a record if a condition holds at the very moment at which the record takes its place in the order. */
    synchronized boolean publishIf(
            BooleanSupplier condition, Topic topic, byte[] key, SpecificRecord record, Outcome outcome) {
        if (!condition.getAsBoolean()) {
            return false;
        }
        publish(topic, key, record, outcome);
        return true;
    }

    /** Tries again to hand on what had to be kept; to be called now and then. */
    void retry() {
        if (waiting) {
            sendWaiting();
        }
    }

    /** How long Kafka has had records and has not said what became of any of them, in ns. */
    long stalledNs(long nowNs) {
        return unsettled.get() == 0 ? 0 : nowNs - progressNs;
    }

    /** How many records are safe in Kafka. */
    long acknowledged() {
        return acknowledged.sum();
    }

    /** How many records Kafka has refused. */
    long failed() {
        return failed.sum();
    }

    private synchronized void sendWaiting() {
        Producer<byte[], byte[]> to = producer;
        if (to != null) {
            while (!waitingEvents.isEmpty() && sendFirst(waitingEvents, to)) {}
            while (!waitingLogs.isEmpty() && logBytes < maxLogBytes && sendFirst(waitingLogs, to)) {}
        }
        waiting = !waitingEvents.isEmpty() || !waitingLogs.isEmpty();
    }

    /** Hands a queue's first record to the producer; false = it must wait. */
    private static boolean sendFirst(Deque<Sending> queue, Producer<byte[], byte[]> to) {
        Sending sending = queue.remove();
        sending.begin();
        try {
            // The callback is told all that the future would say.
            var unused = to.send(sending.record, sending);
        } catch (RuntimeException e) {
            // The producer was closed.
            sending.settle(e);
        }
        if (sending.end()) {
            return true;
        }
        queue.addFirst(sending);
        return false;
    }

    private synchronized void logSettled(int bytes) {
        logBytes -= bytes;
    }

    /** One record on its way. Mutable; owned by whoever holds the publisher's lock until the producer has taken it. */
    private final class Sending implements Callback {
        private final ProducerRecord<byte[], byte[]> record;
        private final Outcome outcome;
        private final int logBytesHeld;
        private @Nullable Thread sender;
        private boolean refused;

        Sending(ProducerRecord<byte[], byte[]> record, Outcome outcome) {
            this.record = record;
            this.outcome = outcome;
            this.logBytesHeld = record.topic().equals(topics.name(Topic.TASK_LOGS)) ? record.value().length : 0;
        }

        void begin() {
            sender = Thread.currentThread();
            refused = false;
            if (unsettled.getAndIncrement() == 0) {
                progressNs = System.nanoTime();
            }
            logBytes += logBytesHeld;
        }

        /** False = the producer had no room. */
        boolean end() {
            sender = null;
            if (refused) {
                logBytes -= logBytesHeld;
                unsettled.decrementAndGet();
            }
            return !refused;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            // A producer without room says so before send() returns, by a timeout. All else is final.
            boolean sendingNow = Thread.currentThread() == sender;
            if (sendingNow && failure instanceof TimeoutException) {
                refused = true;
                return;
            }
            settle(failure);
            if (!sendingNow) {
                retry();
            }
        }

        private void settle(@Nullable Exception failure) {
            (failure == null ? acknowledged : failed).increment();
            progressNs = System.nanoTime();
            unsettled.decrementAndGet();
            if (logBytesHeld > 0) {
                logSettled(logBytesHeld);
            }
            outcome.settled(failure);
        }
    }
}
