package dev.millrace.streams.topology;

import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The headers of each record that the scheduler puts out. {@value #KEY} is the input that it follows from, as topic/partition/offset: it ties
 * effects to their causes for people who look at the topics, for the comparison of a replay with what was put out, and for the rebuilding of
 * an order of inputs that was lost. {@value #INTERNAL_KEY} is the offset of the last record of the internal topic that was taken by then, that
 * input included, and so the tick that the clocks stood at: ticks put nothing out that would tell their place in that order. Ticks have only
 * this one, since no input but the clock causes them.
 */
public final class InputHeader {
    public static final String KEY = "input";
    public static final String INTERNAL_KEY = "internal";

    private InputHeader() {}

    /**
     * The headers of what follows from an input.
     *
     * @param internalOffset the highest offset of the internal topic that was taken; negative = none was
     */
    static Headers of(RawRecord input, long internalOffset) {
        // Kafka has no public way of its own to make headers.
        Headers headers = new ProducerRecord<Void, Void>("", null).headers();
        headers.add(KEY, input.place().getBytes(StandardCharsets.UTF_8));
        return withInternal(headers, internalOffset);
    }

    /** The headers of a tick. */
    static Headers ofTick(long internalOffset) {
        return withInternal(new ProducerRecord<Void, Void>("", null).headers(), internalOffset);
    }

    private static Headers withInternal(Headers headers, long internalOffset) {
        return headers.add(INTERNAL_KEY, Long.toString(internalOffset).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Whether an input of a partition, as topic/partition/offset, was taken after what was taken by then.
     *
     * @param taken the highest offset of each topic; those are missing of which nothing was taken
     */
    public static boolean isLater(String input, int partition, Map<Topic, Long> taken) {
        return topic(input)
                .filter(topic -> input.equals(topic.topicName() + "/" + partition + "/" + offset(input)))
                .filter(topic -> offset(input) > taken.getOrDefault(topic, -1L))
                .isPresent();
    }

    /** The topic of an input that is given as topic/partition/offset; empty if that is none. */
    public static Optional<Topic> topic(String input) {
        return Topic.named(input.substring(0, Math.max(0, input.indexOf('/')))).filter(Topic.inbound()::contains);
    }

    /** The offset of an input that is given as topic/partition/offset. */
    public static long offset(String input) {
        return Long.parseLong(input.substring(input.lastIndexOf('/') + 1));
    }

    /** The place of the input that a record follows from; empty if it does not say. */
    public static Optional<String> in(Headers headers) {
        return text(headers.lastHeader(KEY));
    }

    /** The offset of the last record of the internal topic that was taken when a record was put out; empty if it does not say. */
    public static OptionalLong internalOffset(Headers headers) {
        return text(headers.lastHeader(INTERNAL_KEY)).stream()
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static Optional<String> text(@Nullable Header header) {
        return header == null || header.value() == null
                ? Optional.empty()
                : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }
}
