package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.Continue;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class MillraceSerdeTest {
    private final MillraceSerde serde = new MillraceSerde();

    @Test
    void aTombstoneStaysOne() {
        assertThat(serde.serializer().serialize("t", null)).isNull();
        assertThat(serde.deserializer().deserialize("t", null)).isNull();
    }

    @Test
    void aFaultIsSaidInWords() {
        assertThatThrownBy(() -> serde.deserializer().deserialize("millrace.task-status", new byte[3]))
                .isInstanceOf(SerializationException.class)
                .hasMessage(
                        "millrace.task-status: NOT_ENCODED: the value, of 3 bytes, does not begin with C3 01 and a fingerprint");
    }

    @Test
    void manyThreadsShareOne() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<SpecificRecord>> trips = IntStream.range(0, 2_000)
                    .<Callable<SpecificRecord>>mapToObj(i -> () -> serde.deserializer()
                            .deserialize("t", serde.serializer().serialize("t", new Continue("pool-" + i))))
                    .toList();

            List<Future<SpecificRecord>> results = threads.invokeAll(trips);

            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(new Continue("pool-" + i));
            }
        } finally {
            threads.shutdown();
        }
    }
}
