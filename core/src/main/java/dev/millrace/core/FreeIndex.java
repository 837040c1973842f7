package dev.millrace.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Agents in the order of what everybody, or a role for which something is reserved there, may use of them (cores, then memory, then id), for finding the tightest fit without looking at each of them.
 * The order is cut into blocks that know the most memory, disk, GPUs and ports that any of their agents has, so that a search passes over a
 * block with one look. What is found depends on the agents alone, not on how they are cut into blocks. An agent must not change while it is
 * in the index. Mutable; owned by the stream thread.
 */
final class FreeIndex {
    /** A block is cut in two when it holds more agents than this. */
    private static final int BLOCK_SIZE = 128;

    private final List<Block> blocks = new ArrayList<>();
    private int size;

    /** The role whose tasks the order is for; null = everybody. */
    private final @Nullable String role;

    FreeIndex(@Nullable String role) {
        this.role = role;
    }

    /** The most that any agent of a block has of something, and how many have that much. */
    private static final class Most {
        long most;
        private int agents;

        void clear() {
            most = 0;
            agents = 0;
        }

        void include(long amount) {
            if (amount > most) {
                most = amount;
                agents = 1;
            } else if (amount == most) {
                agents++;
            }
        }

        /** False = nobody who is left has that much, and what the most is must be measured anew. */
        boolean exclude(long amount) {
            return amount != most || --agents > 0 || most == 0;
        }
    }

    private final class Block {
        Agent[] agents = new Agent[BLOCK_SIZE + 1];
        int size;
        final Most memMib = new Most();
        final Most diskMib = new Most();
        final Most gpuMillis = new Most();
        final Most deviceMillis = new Most();
        final Most wholeDevices = new Most();
        final Most ports = new Most();

        void measure() {
            memMib.clear();
            diskMib.clear();
            gpuMillis.clear();
            deviceMillis.clear();
            wholeDevices.clear();
            ports.clear();
            for (int i = 0; i < size; i++) {
                include(agents[i]);
            }
        }

        void include(Agent agent) {
            Amount amount = amount(agent);
            memMib.include(amount.memMib);
            diskMib.include(amount.diskMib);
            ports.include(amount.ports);
            if (amount.gpuMillis > 0) {
                gpuMillis.include(amount.gpuMillis);
                deviceMillis.include(open(agent).devices().largestFreeMillis());
                wholeDevices.include(open(agent).devices().whollyFree());
            }
        }

        /** Takes the measure of an agent that is no longer in. */
        void exclude(Agent agent) {
            Amount amount = amount(agent);
            boolean known =
                    memMib.exclude(amount.memMib) && diskMib.exclude(amount.diskMib) && ports.exclude(amount.ports);
            if (known && amount.gpuMillis > 0) {
                known = gpuMillis.exclude(amount.gpuMillis)
                        && deviceMillis.exclude(open(agent).devices().largestFreeMillis())
                        && wholeDevices.exclude(open(agent).devices().whollyFree());
            }
            if (!known) {
                measure();
            }
        }

        boolean mayCover(Amount need) {
            return need.memMib <= memMib.most
                    && need.diskMib <= diskMib.most
                    && need.ports <= ports.most
                    && (need.gpuMillis == 0 || mayCoverGpus(need.gpuMillis));
        }

        private boolean mayCoverGpus(long needMillis) {
            return needMillis <= gpuMillis.most
                    && (needMillis < Devices.DEVICE_MILLIS
                            ? needMillis <= deviceMillis.most
                            : Devices.wholeDevices(needMillis) <= wholeDevices.most);
        }

        void walk(RequestClass requestClass, int maxTasksPerAgent, boolean fromEnd, Search search) {
            for (int i = 0; i < size; i++) {
                Agent agent = agents[fromEnd ? size - 1 - i : i];
                if (search.look(requestClass, agent, maxTasksPerAgent)) {
                    return;
                }
            }
        }

        Agent last() {
            return agents[size - 1];
        }

        /** Where the agent is, or minus where it belongs minus 1. */
        int find(Agent agent) {
            int low = 0;
            int high = size - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = compare(agents[middle], agent);
                if (order == 0) {
                    return middle;
                }
                if (order < 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return -low - 1;
        }
    }

    int size() {
        return size;
    }

    void add(Agent agent) {
        int index = blocks.isEmpty() ? 0 : Math.min(firstBlockUpTo(agent), blocks.size() - 1);
        if (blocks.isEmpty()) {
            blocks.add(new Block());
        }
        Block block = blocks.get(index);
        int found = block.find(agent);
        if (found >= 0) {
            throw new IllegalStateException("agent " + agent.id + " is in the index already");
        }
        int at = -found - 1;
        System.arraycopy(block.agents, at, block.agents, at + 1, block.size - at);
        block.agents[at] = agent;
        block.size++;
        size++;
        if (block.size > BLOCK_SIZE) {
            split(index);
        } else if (block.size == 1) {
            block.measure();
        } else {
            block.include(agent);
        }
    }

    void remove(Agent agent) {
        int index = firstBlockUpTo(agent);
        int at = index < blocks.size() ? blocks.get(index).find(agent) : -1;
        if (at < 0) {
            throw new IllegalStateException("agent " + agent.id + " is not in the index where it belongs");
        }
        Block block = blocks.get(index);
        System.arraycopy(block.agents, at + 1, block.agents, at, block.size - at - 1);
        block.size--;
        block.agents[block.size] = null;
        size--;
        if (block.size == 0) {
            blocks.remove(index);
        } else {
            block.exclude(agent);
        }
    }

    /** Shows the agents that may have room for the class to the search, in order or against it, until it is over. */
    void walk(RequestClass requestClass, int maxTasksPerAgent, boolean fromEnd, Search search) {
        int first = firstBlockThatMayCover(requestClass.need);
        for (int n = first; n < blocks.size() && !search.isOver(); n++) {
            Block block = blocks.get(fromEnd ? blocks.size() - 1 - (n - first) : n);
            if (block.mayCover(requestClass.need)) {
                block.walk(requestClass, maxTasksPerAgent, fromEnd, search);
            }
        }
    }

    /** The agents in order; for tests. */
    List<Agent> agents() {
        List<Agent> all = new ArrayList<>(size);
        for (Block block : blocks) {
            all.addAll(Arrays.asList(block.agents).subList(0, block.size));
        }
        return all;
    }

    private void split(int index) {
        Block block = blocks.get(index);
        Block upper = new Block();
        int keep = block.size / 2;
        upper.size = block.size - keep;
        System.arraycopy(block.agents, keep, upper.agents, 0, upper.size);
        Arrays.fill(block.agents, keep, block.size, null);
        block.size = keep;
        block.measure();
        upper.measure();
        blocks.add(index + 1, upper);
    }

    /** The first block whose last agent is not before this one in the order. */
    private int firstBlockUpTo(Agent agent) {
        int low = 0;
        int high = blocks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(blocks.get(middle).last(), agent) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int firstBlockThatMayCover(Amount need) {
        int low = 0;
        int high = blocks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Amount.lacks(need.cpuMillis, amount(blocks.get(middle).last()).cpuMillis)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private Room open(Agent agent) {
        return role == null ? agent.open() : agent.open(role);
    }

    private Amount amount(Agent agent) {
        return role == null ? agent.openAmount() : agent.open(role).amount();
    }

    private int compare(Agent a, Agent b) {
        Amount ofA = amount(a);
        Amount ofB = amount(b);
        int byCpu = Long.compare(ofA.cpuMillis, ofB.cpuMillis);
        if (byCpu != 0) {
            return byCpu;
        }
        int byMem = Long.compare(ofA.memMib, ofB.memMib);
        return byMem != 0 ? byMem : a.id.compareTo(b.id);
    }
}
