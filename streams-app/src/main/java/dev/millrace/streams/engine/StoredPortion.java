package dev.millrace.streams.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gathers stored records and hands them over many at a time: enough for {@link PartitionEngine#restore(List)} to read them side by side,
 * and so few that what is read is mostly let go before the next ones are. Mutable; owned by one thread.
 */
public final class StoredPortion {
    static final int SIZE = 40_000;

    private final Consumer<List<Stored>> taker;
    private List<Stored> records = new ArrayList<>();

    public StoredPortion(Consumer<List<Stored>> taker) {
        this.taker = taker;
    }

    /** Takes one more record, which is not deleted. */
    public void add(Stored record) {
        records.add(record);
        if (records.size() == SIZE) {
            end();
        }
    }

    /** Hands over what is left. */
    public void end() {
        taker.accept(records);
        records = new ArrayList<>();
    }
}
