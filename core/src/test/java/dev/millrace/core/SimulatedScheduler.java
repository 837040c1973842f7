package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Topic;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The shard under test and the shell around it, as Kafka Streams runs it: it takes inputs from the topics, each topic in its order and the topics
 * among each other in any, and what it has taken, stored and put out becomes visible to others by a commit, or never. A crash throws away what was
 * not committed; the next process rebuilds the shard from the stored records and takes the same inputs again, in another order.
 *
 * <p>At random inputs a second shard is rebuilt beside it and must put out the same for some time, and now and then all indexes are compared.
 * Mutable; owned by the simulation's only thread.
 */
final class SimulatedScheduler {
    /**
     * An input that was taken.
     *
     * @param takenMs when, in virtual time
     */
    record Step(Input input, Outbox out, long takenMs) {}

    private static final int FULL_CHECK_EVERY = Integer.getInteger("millrace.sim.check", 1_000);
    private static final int TWIN_EVERY = 700;
    private static final int TWIN_LIVES_FOR = 80;
    private static final int CRASH_WITHIN_A_STEP = 4_000;
    private static final int MOST_INPUTS_A_POLL = 40;

    private final Random random;
    private final VirtualTime time;
    private final SimulatedTopics topics;
    private final Supplier<Shard> empty;
    private final Consumer<Step> onCommit;
    private final StoredState committed = new StoredState();
    private Map<Topic, Integer> committedOffsets = new EnumMap<>(Topic.class);

    private Map<Topic, Integer> offsets = new EnumMap<>(Topic.class);
    private final List<Step> open = new ArrayList<>();
    private final List<Tick> openTicks = new ArrayList<>();
    private Shard shard;
    private @Nullable Shard twin;
    private int twinInputsLeft;
    private long tickMs = Harness.TICK_MS;
    private int life;
    private boolean up;
    private boolean awake;
    private boolean crashes = true;
    private long inputs;

    SimulatedScheduler(
            Random random, VirtualTime time, SimulatedTopics topics, Supplier<Shard> empty, Consumer<Step> onCommit) {
        this.random = random;
        this.time = time;
        this.topics = topics;
        this.empty = empty;
        this.onCommit = onCommit;
        this.shard = empty.get();
        topics.onAppend(this::wake);
    }

    /** A process begins with what was committed, unless there is one. */
    void start() {
        if (up) {
            return;
        }
        up = true;
        life++;
        shard = committed.restore(empty.get());
        int thisLife = life;
        time.after(0, () -> tick(thisLife));
        wake();
    }

    /** The process dies, and what it did since the last commit never was. Another one begins after so long. */
    void crash(long restartAfterMs) {
        if (up) {
            up = false;
            awake = false;
            twin = null;
            open.clear();
            openTicks.clear();
            offsets = new EnumMap<>(committedOffsets);
            time.after(restartAfterMs, this::start);
        }
    }

    /** From now on it stays alive, and ticks come that far apart. */
    void comeToRest(long restTickMs) {
        crashes = false;
        tickMs = restTickMs;
    }

    /** How many inputs were taken, those that were taken again included. */
    long inputs() {
        return inputs;
    }

    /** The shard as it is now, with what is not committed yet. */
    Shard shard() {
        return shard;
    }

    StoredState committed() {
        return committed;
    }

    /** Whether everything in the topics was taken and committed. */
    boolean isIdle() {
        return up && open.isEmpty() && next() == null;
    }

    private void tick(int ofLife) {
        if (!up || life != ofLife) {
            return;
        }
        openTicks.add(new Tick(0, tickMs));
        wake();
        boolean stalls = crashes && random.nextInt(500) == 0;
        time.after(stalls ? 60_000 : tickMs, () -> tick(ofLife));
    }

    private void wake() {
        if (up && !awake) {
            awake = true;
            int thisLife = life;
            time.after(random.nextInt(10), () -> poll(thisLife));
        }
    }

    private void poll(int ofLife) {
        if (!up || life != ofLife) {
            return;
        }
        int most = 1 + random.nextInt(MOST_INPUTS_A_POLL);
        Topic topic = next();
        for (int i = 0; i < most && topic != null; i++) {
            take(topic);
            if (crashes && random.nextInt(CRASH_WITHIN_A_STEP) == 0) {
                crash(random.nextInt(3_000));
                return;
            }
            topic = next();
        }
        if (topic == null || random.nextInt(3) == 0) {
            commit();
        }
        awake = false;
        if (!open.isEmpty() || next() != null) {
            wake();
        }
    }

    /** A topic that has more, drawn from those that have; null = none has. */
    private @Nullable Topic next() {
        Topic found = null;
        int count = 0;
        for (Topic topic : Topic.inbound()) {
            if (topics.has(topic, offsets.getOrDefault(topic, 0)) && random.nextInt(++count) == 0) {
                found = topic;
            }
        }
        return found;
    }

    private void take(Topic topic) {
        int offset = offsets.getOrDefault(topic, 0);
        offsets.put(topic, offset + 1);
        Step step = new Step(topics.at(topic, offset), new Outbox(), time.nowMs());
        if (random.nextInt(TWIN_EVERY) == 0) {
            twin = rebuilt();
            twinInputsLeft = 1 + random.nextInt(TWIN_LIVES_FOR);
        }
        shard.on(step.input(), step.out());
        if (step.out().rejection() != null) {
            assertThat(step.out().rejection().reason())
                    .as("%s is legal traffic, and %s", step.input(), step.out().rejection())
                    .isNotEqualTo(DeadLetterReason.IMPOSSIBLE);
        }
        compare(step);
        open.add(step);
        LiveLedgers.check(shard, step.out());
        if (++inputs % FULL_CHECK_EVERY == 0) {
            ShardDump.assertSame(rebuilt(), shard);
        }
    }

    private void compare(Step step) {
        Shard other = twin;
        if (other == null) {
            return;
        }
        Outbox out = new Outbox();
        other.on(step.input(), out);
        assertThat(out.messages())
                .as("messages of a rebuilt shard on %s", step.input())
                .isEqualTo(step.out().messages());
        assertThat(out.changes())
                .as("changes by a rebuilt shard on %s", step.input())
                .isEqualTo(step.out().changes());
        if (--twinInputsLeft == 0) {
            if (random.nextInt(4) == 0) {
                ShardDump.assertSame(other, shard);
            }
            twin = null;
        }
    }

    private Shard rebuilt() {
        StoredState stored = committed.copy();
        open.forEach(step -> stored.apply(step.out()));
        return stored.restore(empty.get());
    }

    private void commit() {
        List<Step> steps = List.copyOf(open);
        open.clear();
        committedOffsets = new EnumMap<>(offsets);
        for (Step step : steps) {
            committed.apply(step.out());
            for (Message message : step.out().messages()) {
                if (message.value() instanceof Continue) {
                    topics.append(Topic.INTERNAL, message.value());
                }
            }
            onCommit.accept(step);
        }
        List<Tick> ticks = List.copyOf(openTicks);
        openTicks.clear();
        ticks.forEach(tick -> topics.append(Topic.INTERNAL, tick));
    }
}
