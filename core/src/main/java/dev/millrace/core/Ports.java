package dev.millrace.core;

import dev.millrace.contract.PortRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An agent's ports and which of them are free. A port that two attempts have, which an agent may report after all, is free when both have
 * given it back. Mutable; owned by the stream thread.
 */
final class Ports {
    private final int base;
    private final BitSet all;
    private final BitSet free;
    private int freeCount;
    /** Ports that more than one attempt has, with the number of attempts beyond the first. */
    private final TreeMap<Integer, Integer> shared;

    /** All ports of an agent, none of them in use. */
    Ports(List<PortRange> ranges) {
        base = ranges.isEmpty() ? 0 : ranges.get(0).getFirst();
        all = new BitSet();
        for (PortRange range : ranges) {
            all.set(range.getFirst() - base, range.getLast() - base + 1);
        }
        free = (BitSet) all.clone();
        freeCount = free.cardinality();
        shared = new TreeMap<>();
    }

    /** The ranges of several parts, sorted; no two of them have a port in common. */
    static List<PortRange> sorted(List<PortRange> ranges) {
        List<PortRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingInt(PortRange::getFirst));
        return sorted;
    }

    /** The first so many free ports, in ranges. */
    List<PortRange> firstFree(int count) {
        List<PortRange> ranges = new ArrayList<>();
        int left = count;
        for (int from = free.nextSetBit(0); from >= 0 && left > 0; ) {
            int to = Math.min(free.nextClearBit(from), from + left);
            ranges.add(new PortRange(from + base, to - 1 + base));
            left -= to - from;
            from = free.nextSetBit(to);
        }
        return ranges;
    }

    private Ports(Ports other) {
        base = other.base;
        all = other.all;
        free = (BitSet) other.free.clone();
        freeCount = other.freeCount;
        shared = new TreeMap<>(other.shared);
    }

    Ports copy() {
        return new Ports(this);
    }

    static int count(List<PortRange> ranges) {
        int count = 0;
        for (PortRange range : ranges) {
            count += range.getLast() - range.getFirst() + 1;
        }
        return count;
    }

    int freeCount() {
        return freeCount;
    }

    /** The first of these very ports that is not free; null = all are. */
    @Nullable
    Integer firstMissing(List<PortRange> wanted) {
        for (int r = 0; r < wanted.size(); r++) {
            PortRange range = wanted.get(r);
            if (range.getFirst() < base) {
                return range.getFirst();
            }
            int missing = free.nextClearBit(range.getFirst() - base) + base;
            if (missing <= range.getLast()) {
                return missing;
            }
        }
        return null;
    }

    /** The lowest so many free ports beside those that are named. There must be as many. */
    List<Integer> lowestFree(int count, List<PortRange> beside) {
        List<Integer> lowest = new ArrayList<>(count);
        int next = 0;
        for (int bit = free.nextSetBit(0); lowest.size() < count; bit = free.nextSetBit(bit + 1)) {
            if (bit < 0) {
                throw new IllegalStateException("there are no " + count + " free ports, but " + lowest);
            }
            int port = bit + base;
            while (next < beside.size() && beside.get(next).getLast() < port) {
                next++;
            }
            if (next == beside.size() || port < beside.get(next).getFirst()) {
                lowest.add(port);
            }
        }
        return lowest;
    }

    /** Notes that an attempt has these ports. */
    void take(List<PortRange> ranges, List<Integer> more) {
        for (PortRange range : ranges) {
            for (int port = range.getFirst(); port <= range.getLast(); port++) {
                take(port);
            }
        }
        for (int port : more) {
            take(port);
        }
    }

    /** Undoes {@link #take}. */
    void give(List<PortRange> ranges, List<Integer> more) {
        for (PortRange range : ranges) {
            for (int port = range.getFirst(); port <= range.getLast(); port++) {
                give(port);
            }
        }
        for (int port : more) {
            give(port);
        }
    }

    @Override
    public String toString() {
        return "from " + base + " free " + free + " shared " + shared;
    }

    private void take(int port) {
        int bit = port - base;
        if (bit < 0 || !all.get(bit)) {
            return;
        }
        if (free.get(bit)) {
            free.clear(bit);
            freeCount--;
        } else {
            shared.merge(port, 1, Integer::sum);
        }
    }

    private void give(int port) {
        int bit = port - base;
        if (bit < 0 || !all.get(bit)) {
            return;
        }
        Integer others = shared.get(port);
        if (others == null) {
            free.set(bit);
            freeCount++;
        } else if (others == 1) {
            shared.remove(port);
        } else {
            shared.put(port, others - 1);
        }
    }
}
