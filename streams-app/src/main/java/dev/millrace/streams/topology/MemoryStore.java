package dev.millrace.streams.topology;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that gives its records in the order in which their keys came, not in that of the keys: see ADR 16. It has no ranges
 * and answers no interactive queries.
 *
 * <p>Mutable; owned by the stream thread, before that by the thread that restores it.
 */
final class MemoryStore implements KeyValueStore<Bytes, byte[]> {
    private final String name;
    private final Position position = Position.emptyPosition();
    private final Map<Bytes, byte[]> records = new LinkedHashMap<>();
    private boolean open;

    private MemoryStore(String name) {
        this.name = name;
    }

    /** Makes stores of that name. */
    static KeyValueBytesStoreSupplier supplier(String name) {
        return new KeyValueBytesStoreSupplier() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public KeyValueStore<Bytes, byte[]> get() {
                return new MemoryStore(name);
            }

            @Override
            public String metricsScope() {
                return "in-memory";
            }
        };
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        open = true;
        StateRestoreCallback restore = (key, value) -> put(Bytes.wrap(key), value);
        context.register(root, restore);
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        return records.get(key);
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        if (value == null) {
            records.remove(Objects.requireNonNull(key));
        } else {
            records.put(Objects.requireNonNull(key), value);
        }
    }

    @Override
    public byte @Nullable [] putIfAbsent(Bytes key, byte @Nullable [] value) {
        byte[] before = get(key);
        if (before == null) {
            put(key, value);
        }
        return before;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
        entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte @Nullable [] delete(Bytes key) {
        return records.remove(key);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to) {
        throw new UnsupportedOperationException("the records of " + name + " are in no order of their keys");
    }

    /** Nothing may be changed until it is closed. */
    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return new Records(records.entrySet().iterator());
    }

    @Override
    public long approximateNumEntries() {
        return records.size();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        records.clear();
        open = false;
    }

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /** Of interest to interactive queries alone. */
    @Override
    public Position getPosition() {
        return position;
    }

    private static final class Records implements KeyValueIterator<Bytes, byte[]> {
        private final Iterator<Map.Entry<Bytes, byte[]>> entries;
        private Map.@Nullable Entry<Bytes, byte[]> next;

        Records(Iterator<Map.Entry<Bytes, byte[]>> entries) {
            this.entries = entries;
            next = entries.hasNext() ? entries.next() : null;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Bytes peekNextKey() {
            return required().getKey();
        }

        @Override
        public KeyValue<Bytes, byte[]> next() {
            Map.Entry<Bytes, byte[]> entry = required();
            next = entries.hasNext() ? entries.next() : null;
            return KeyValue.pair(entry.getKey(), entry.getValue());
        }

        private Map.Entry<Bytes, byte[]> required() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            return next;
        }

        @Override
        public void close() {}
    }
}
