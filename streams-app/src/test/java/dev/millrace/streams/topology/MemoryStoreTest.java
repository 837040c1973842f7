package dev.millrace.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Properties;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryStoreTest {
    @TempDir
    private Path directory;

    private final KeyValueStore<Bytes, byte[]> store =
            MemoryStore.supplier("things").get();

    @Test
    void givesWhatWasPutLast() {
        put("a", "1");
        put("b", "2");
        put("a", "3");

        assertThat(text(store.get(key("a")))).isEqualTo("3");
        assertThat(text(store.putIfAbsent(key("a"), bytes("4")))).isEqualTo("3");
        assertThat(text(store.get(key("a")))).isEqualTo("3");
        assertThat(store.get(key("c"))).isNull();
        assertThat(store.approximateNumEntries()).isEqualTo(2);
    }

    @Test
    void givesAllInTheOrderInWhichTheirKeysCame() {
        put("c", "1");
        put("a", "2");
        put("b", "3");
        put("c", "4");
        store.put(key("a"), null);
        put("a", "5");

        assertThat(all()).containsExactly("c=4", "b=3", "a=5");
    }

    @Test
    void forgetsWhatIsDeletedAndAllWhenItIsClosed() {
        put("a", "1");
        put("b", "2");
        put("c", "3");

        assertThat(text(store.delete(key("a")))).isEqualTo("1");
        store.putAll(List.of(KeyValue.pair(key("b"), null), KeyValue.pair(key("d"), bytes("4"))));

        assertThat(all()).containsExactly("c=3", "d=4");
        store.close();
        assertThat(all()).isEmpty();
        assertThat(store.isOpen()).isFalse();
    }

    /** As Kafka Streams does with a store that it found corrupted: it closes it, and restores it anew. */
    @Test
    void isEmptyWhenItIsOpenedAgain() {
        MockProcessorContext<byte[], byte[]> context =
                new MockProcessorContext<>(new Properties(), new TaskId(0, 0), directory.toFile());
        store.init(context.getStateStoreContext(), store);
        put("a", "1");
        assertThat(store.isOpen()).isTrue();

        store.close();
        store.init(context.getStateStoreContext(), store);

        assertThat(store.isOpen()).isTrue();
        assertThat(all()).isEmpty();
        put("b", "2");
        assertThat(all()).containsExactly("b=2");
    }

    @Test
    void hasNoRanges() {
        assertThatThrownBy(() -> store.range(key("a"), key("b"))).isInstanceOf(UnsupportedOperationException.class);
    }

    private List<String> all() {
        List<String> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                Bytes next = all.peekNextKey();
                KeyValue<Bytes, byte[]> entry = all.next();
                assertThat(entry.key).isEqualTo(next);
                found.add(text(entry.key.get()) + "=" + text(entry.value));
            }
            assertThatThrownBy(all::next).isInstanceOf(NoSuchElementException.class);
        }
        return found;
    }

    private void put(String key, String value) {
        store.put(key(key), bytes(value));
    }

    private static Bytes key(String text) {
        return Bytes.wrap(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
