package dev.millrace.core;

import dev.millrace.schemas.Store;
import dev.millrace.state.SavedGang;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The gangs of a pool that are not over, and which of them the step has changed. Mutable; owned by the stream thread. */
final class Gangs {
    /** Trying a gang costs a look for each member. */
    private static final int MEMBERS_A_LOOK = 1_000;

    private final PoolState state;
    private final TreeMap<String, Gang> gangs = new TreeMap<>();
    /** Those that were never placed, in the order in which they are given up. */
    private final TreeSet<Gang> byDeadline =
            new TreeSet<>(Comparator.comparingLong(Gang::deadlineMs).thenComparing(g -> g.group));

    private final List<Gang> touched = new ArrayList<>();
    /** The gangs that have another look in this step. */
    private final List<Gang> looking = new ArrayList<>();

    Gangs(PoolState state) {
        this.state = state;
    }

    @Nullable
    Gang named(String group) {
        return gangs.get(group);
    }

    /** All gangs, by name. */
    Collection<Gang> all() {
        return gangs.values();
    }

    /** The gang that is to be given up now and first; null = none is. */
    @Nullable
    Gang late() {
        Gang gang = byDeadline.isEmpty() ? null : byDeadline.first();
        return gang != null && gang.deadlineMs() <= state.clocks.elapsedMs() ? gang : null;
    }

    /** Makes the task a member of a gang, which begins with it if it is the first. */
    void join(Task task, dev.millrace.contract.Gang asked) {
        Gang gang = gangs.get(asked.getGroup());
        if (gang == null) {
            gang = state.waiting.newGang(asked.getGroup(), task.role, asked.getSize(), asked.getTimeoutMs());
            gang.sinceMs = state.clocks.elapsedMs();
            gangs.put(gang.group, gang);
            byDeadline.add(gang);
        }
        gang.arrived++;
        gang.members.add(task);
        task.gang = gang;
        touch(gang);
    }

    /** A task is over, and so is its gang with the last one; nothing if it is no gang's. */
    void leave(Task task) {
        Gang gang = task.gang;
        if (gang == null) {
            return;
        }
        gang.members.remove(task);
        gang.tried = false;
        task.gang = null;
        touch(gang);
        if (gang.members.isEmpty()) {
            byDeadline.remove(gang);
            gangs.remove(gang.group);
        } else {
            state.waiting.recheck(gang);
        }
    }

    /** Notes whether the gang, which is ready, has been tried since its members are these. */
    void tried(Gang gang, boolean tried) {
        if (gang.tried != tried) {
            gang.tried = tried;
            touch(gang);
        }
    }

    /**
     * Lets gangs that found no room have another look, as many as a step can bear, going round. What became of the chance for those that are
     * not reached in this step is for {@link #endLook}.
     */
    void lookAgain() {
        int membersLeft = MEMBERS_A_LOOK;
        for (SortedMap<String, Gang> part :
                List.of(gangs.tailMap(state.gangsTriedUpTo, false), gangs.headMap(state.gangsTriedUpTo, true))) {
            for (Gang gang : part.values()) {
                if (gang.tried && gang.isReady()) {
                    if (membersLeft <= 0) {
                        upTo(looking.get(looking.size() - 1));
                        return;
                    }
                    membersLeft -= gang.members.size();
                    state.waiting.ready(gang.unit);
                    looking.add(gang);
                }
            }
        }
    }

    /** Those that were not reached have their chance in the next step. */
    void endLook() {
        for (Gang gang : looking) {
            if (gang.unit.place == RequestClass.Place.READY && gang.isReady()) {
                tried(gang, false);
            }
        }
        looking.clear();
    }

    private void upTo(Gang last) {
        if (!last.group.equals(state.gangsTriedUpTo)) {
            state.gangsTriedUpTo = last.group;
            state.touchPool();
        }
    }

    /** Notes that the gang was placed. */
    void placed(Gang gang) {
        byDeadline.remove(gang);
        gang.tried = false;
        gang.sinceMs = Gang.PLACED;
        gang.holdUntilMs = 0;
        gang.holdAgainMs = 0;
        touch(gang);
    }

    void touch(Gang gang) {
        if (!gang.touched) {
            gang.touched = true;
            touched.add(gang);
        }
    }

    /** Puts what was changed since the last call into the outbox. */
    void saveChanges(Outbox out) {
        for (Gang gang : touched) {
            gang.touched = false;
            // Another one of that name may have begun since.
            Gang now = gangs.get(gang.group);
            out.change(Store.GANGS, state.key(gang.group), now == null ? null : now.save(state.pool));
        }
        touched.clear();
    }

    void restore(SavedGang saved) {
        Gang gang = state.waiting.newGang(saved.getGroup(), saved.getRole(), saved.getSize(), saved.getTimeoutMs());
        gang.arrived = saved.getArrived();
        gang.sinceMs = saved.getSinceMs();
        gang.holdUntilMs = saved.getHoldUntilMs();
        gang.holdAgainMs = saved.getHoldAgainMs();
        gang.tried = saved.getTried();
        gangs.put(gang.group, gang);
        if (gang.sinceMs != Gang.PLACED) {
            byDeadline.add(gang);
        }
    }

    /** Puts a restored task back into its gang, if it is in one. */
    void restoreMember(Task task) {
        dev.millrace.contract.Gang asked = task.request().getGang();
        if (asked == null) {
            return;
        }
        Gang gang = gangs.get(asked.getGroup());
        if (gang == null) {
            throw new IllegalStateException("the gang of task " + task.id + " is missing from the stored state");
        }
        gang.members.add(task);
        task.gang = gang;
    }
}
