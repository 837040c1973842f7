package dev.millrace.streams.topology;

import dev.millrace.streams.engine.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The header {@value #KEY} of each record that the scheduler puts out: the input that it follows from, as topic/partition/offset. It ties
 * effects to their causes for people who look at the topics, for the comparison of a replay with what was put out, and for the rebuilding of
 * an order of inputs that was lost. Ticks have none, since no input but the clock causes them.
 */
public final class InputHeader {
    public static final String KEY = "input";

    private InputHeader() {}

    /** The headers of what follows from an input. */
    static Headers of(RawRecord input) {
        // Kafka has no public way of its own to make headers.
        Headers headers = new ProducerRecord<Void, Void>("", null).headers();
        headers.add(KEY, input.place().getBytes(StandardCharsets.UTF_8));
        return headers;
    }

    /** The place of the input that a record follows from; empty if it does not say. */
    public static Optional<String> in(Headers headers) {
        Header header = headers.lastHeader(KEY);
        return header == null || header.value() == null
                ? Optional.empty()
                : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }
}
