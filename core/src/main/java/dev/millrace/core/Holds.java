package dev.millrace.core;

import dev.millrace.contract.TaskState;
import dev.millrace.state.HoldKind;
import dev.millrace.state.SavedHold;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that what is large is not overtaken for ever by what is small. When the task that is the next in order has waited long enough
 * without room, an agent is held for it: the one where room for it is certain soonest. Nothing else is placed in that room but what is
 * certainly over by then. For a gang, agents are held for all its members, for a bounded time. There is one such task or gang at a time.
 * Looked after at ticks, when everything that has room was placed. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Holds {
    /** The end of a task that may run for ever. */
    static final long UNKNOWN = Long.MAX_VALUE;

    private static final long ROOM_UNKNOWN = -1;
    /** So many classes are looked at for a task that an agent could be held for, those that are first in order... */
    private static final int CLASSES_A_TICK = 32;
    /** ...and if there is none among them, as many of the others, going round, so that what fits nowhere keeps nobody from his turn. */
    private static final long ROUND_MS = 1_000;

    /**
     * @param youngerThanMs if it is not known by when there is room, when the oldest of those that must end was placed
     */
    private record Choice(Agent agent, long roomByMs, long youngerThanMs, int ends) {
        static final Comparator<Choice> BEST_FIRST = Comparator.comparingLong(Choice::roomByMs)
                .thenComparing(Comparator.comparingLong(Choice::youngerThanMs).reversed())
                .thenComparingInt(Choice::ends);
    }

    /** An agent is held for so many times the time to wait before another one is tried. */
    private static final int HOLDS_WITHOUT_ROOM = 10;
    /** A choice looks at all tasks on all agents, so there are only so many a look, and a few more for the members of one gang. */
    private static final int CHOICES_A_LOOK = 2;

    private static final int MEMBERS_WITHOUT_ROOM = 16;

    private final PoolState state;
    private int choicesLeft;

    Holds(PoolState state) {
        this.state = state;
    }

    /** Lets go what was held for long enough or to no avail. */
    void letGoOver() {
        for (Task task : state.held.holders()) {
            SavedHold hold = task.hold;
            if (hold != null && isOver(task, hold)) {
                task.preemptedInVain |= hold.getKind() == HoldKind.HOLD_PREEMPTION;
                state.held.letGo(task);
                if (task.gang != null && task.gang.holdUntilMs != 0) {
                    task.gang.holdAgainMs = state.clocks.elapsedMs() + state.settings.getGangHoldMs();
                    task.gang.holdUntilMs = 0;
                    state.gangs.touch(task.gang);
                }
            }
        }
    }

    /** Holds what is due. To be called when everything that has room was placed, so that all that waits has none. */
    void holdDue() {
        for (Task task : state.held.holders()) {
            if (task.hold != null && task.hold.getKind() != HoldKind.HOLD_PREEMPTION) {
                return;
            }
        }
        if (state.waiting.size() > 0) {
            holdForNext();
        }
    }

    private boolean isOver(Task task, SavedHold hold) {
        return switch (hold.getKind()) {
            case HOLD_GANG -> task.gang == null || task.gang.holdUntilMs <= state.clocks.elapsedMs();
            case HOLD_STARVATION -> {
                // Other tasks are in its way, or what is there may never end. What has ended meanwhile is given up only
                // after long.
                long sinceMs = Math.max(hold.getSinceMs(), hold.getRoomByMs());
                long mostMs = HOLDS_WITHOUT_ROOM * Math.max(1_000, state.settings.getHoldAfterMs());
                yield state.clocks.elapsedMs() - sinceMs >= mostMs;
            }
            case HOLD_PREEMPTION, HOLD_UNKNOWN -> {
                // All that gave way has ended, and there is no room for it all the same.
                boolean ending = isLeaving(state.roles.limiting(task.requestClass()));
                for (Task other : state.agent(hold.getAgentId()).tasks.values()) {
                    ending |= other.state == TaskState.TASK_KILLING;
                }
                yield !ending;
            }
        };
    }

    /** Whether a role that has as much as it may have is about to have less. */
    private static boolean isLeaving(@Nullable Role role) {
        return role != null && !role.leaving.isZero();
    }

    private void holdForNext() {
        List<Role> leaves = state.roles.leavesInOrder();
        if (holdForFirst(Roles.waiting(leaves, 0, CLASSES_A_TICK))) {
            return;
        }
        long others = -CLASSES_A_TICK;
        for (Role leaf : leaves) {
            others += leaf.ready.size() + leaf.stalled.size();
        }
        if (others > 0) {
            long round = state.clocks.elapsedMs() / ROUND_MS;
            holdForFirst(Roles.waiting(leaves, CLASSES_A_TICK + round * CLASSES_A_TICK % others, CLASSES_A_TICK));
        }
    }

    /** Holds agents for the first of these that agents can be held for, if it has waited for long enough. False = there is none. */
    private boolean holdForFirst(List<RequestClass> classes) {
        choicesLeft = CHOICES_A_LOOK;
        for (RequestClass next : classes) {
            if (choicesLeft <= 0) {
                return false;
            }
            Task task = next.waiting.first();
            if (task.hold != null || isKeptBack(next)) {
                continue;
            }
            boolean late = state.clocks.elapsedMs() - task.queuedMs >= state.settings.getHoldAfterMs();
            if (next.gang != null ? holdForGang(next.gang, late) : holdFor(task, late)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it waits for something else than room. */
    private boolean isKeptBack(RequestClass requestClass) {
        Gang gang = requestClass.gang;
        Amount need = gang == null ? requestClass.need : gang.needs();
        return (gang != null && !gang.isReady()) || state.roles.limiting(requestClass.leaf, need, null) != null;
    }

    /** Holds an agent for the task if it has waited long enough. True = nobody comes before it, whether one was held or not. */
    private boolean holdFor(Task task, boolean late) {
        if (!late) {
            return isAnyLargeEnough(task.requestClass());
        }
        Choice choice = choose(task);
        if (choice == null) {
            return false;
        }
        hold(task, choice, HoldKind.HOLD_STARVATION);
        return true;
    }

    private boolean isAnyLargeEnough(RequestClass requestClass) {
        for (Agent agent : state.capacity.agents()) {
            if (agent.total.covers(requestClass.need) && requestClass.constraints.admits(agent)) {
                return true;
            }
        }
        return false;
    }

    private boolean holdForGang(Gang gang, boolean late) {
        if (gang.holdAgainMs > state.clocks.elapsedMs()) {
            return false;
        }
        if (!late) {
            return true;
        }
        List<Task> held = new ArrayList<>();
        for (Task member : gang.unit.waiting) {
            Agent now = state.find(member.requestClass());
            Choice choice = null;
            if (now != null) {
                choice = new Choice(now, state.clocks.elapsedMs(), 0, 0);
            } else if (choicesLeft > -MEMBERS_WITHOUT_ROOM) {
                choice = choose(member);
            }
            if (choice == null) {
                // Nothing has become of it, so nobody has room by its end.
                held.forEach(state.held::suspend);
                gang.holdAgainMs = state.clocks.elapsedMs() + Math.max(1_000, state.settings.getGangHoldMs());
                state.gangs.touch(gang);
                return false;
            }
            hold(member, choice, HoldKind.HOLD_GANG);
            held.add(member);
        }
        gang.holdUntilMs = state.clocks.elapsedMs() + state.settings.getGangHoldMs();
        state.gangs.touch(gang);
        return true;
    }

    private void hold(Task task, Choice choice, HoldKind kind) {
        long roomByMs = choice.roomByMs() == UNKNOWN ? ROOM_UNKNOWN : choice.roomByMs();
        state.held.hold(task, choice.agent(), kind, roomByMs);
    }

    /**
     * The agent where there is certainly room for the task soonest, then the one where the fewest tasks must end; null = never on any. Where
     * nothing is certain, it is the one where what must end is youngest: what has run for long, a service say, will run for long.
     */
    private @Nullable Choice choose(Task task) {
        choicesLeft--;
        Choice best = null;
        for (Agent agent : state.capacity.agents()) {
            Choice choice = roomOn(agent, task);
            if (choice != null && (best == null || Choice.BEST_FIRST.compare(choice, best) < 0)) {
                best = choice;
            }
        }
        return best;
    }

    private @Nullable Choice roomOn(Agent agent, Task task) {
        RequestClass requestClass = task.requestClass();
        if (!agent.total.covers(requestClass.need) || !requestClass.constraints.admits(agent)) {
            return null;
        }
        List<Task> byEnd = new ArrayList<>(agent.tasks.values());
        byEnd.sort(Comparator.comparingLong(this::endMs)
                .thenComparing(Comparator.<Task>comparingLong(t -> t.placedMs).reversed())
                .thenComparingLong(t -> t.submission));
        state.occupancy.beginTrial(requestClass);
        int withdrawn = 0;
        int most = state.settings.getMaxTasksPerAgent();
        // Nothing of what is held is offered again, so what is offered now is back in time.
        List<OpenOffer> offered = requestClass.fits(agent, most) ? List.of() : List.copyOf(agent.offers.values());
        offered.forEach(agent::withdraw);
        while (withdrawn < byEnd.size() && !requestClass.fits(agent, most)) {
            state.occupancy.withdraw(agent, byEnd.get(withdrawn++));
        }
        boolean fits = requestClass.fits(agent, most);
        for (int i = withdrawn - 1; i >= 0; i--) {
            state.occupancy.reinstate(agent, byEnd.get(i));
        }
        offered.forEach(agent::reinstate);
        if (!fits) {
            return null;
        }
        long roomByMs = withdrawn == 0 ? state.clocks.elapsedMs() : endMs(byEnd.get(withdrawn - 1));
        for (OpenOffer offer : offered) {
            roomByMs = Math.max(roomByMs, offer.madeMs + state.settings.getOfferTimeoutMs());
        }
        long oldestMs = roomByMs == UNKNOWN ? byEnd.get(withdrawn - 1).placedMs : 0;
        return new Choice(agent, roomByMs, oldestMs, withdrawn);
    }

    /** When the task's attempt is over at the latest, in elapsed time, if it keeps its maximal run time. */
    private long endMs(Task task) {
        long graceMs = task.request().getKillPolicy().getGracePeriodMs();
        if (task.state == TaskState.TASK_KILLING) {
            return state.clocks.elapsedMs() + graceMs;
        }
        Long maxRunTimeMs = task.request().getMaxRunTimeMs();
        if (maxRunTimeMs == null || task.state == TaskState.TASK_UNREACHABLE) {
            return UNKNOWN;
        }
        long fromMs = task.started() ? task.runningSinceMs : state.clocks.elapsedMs();
        return Math.max(state.clocks.elapsedMs(), fromMs + maxRunTimeMs + graceMs);
    }
}
