package dev.millrace.core;

import dev.millrace.contract.TaskState;
import dev.millrace.state.HoldKind;
import dev.millrace.state.SavedHold;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lets tasks give way to others. A task may take the place of tasks of lower priority, and one that is within its role's guarantee the place
 * of tasks of roles that have more than theirs; never so that another role comes to have less than its guarantee. What is chosen is in
 * {@link VictimSearch}. Meanwhile the room is held for it.
 *
 * <p>There are no cycles: by priority, a task is only ever replaced by one of higher priority, or by one that is within its guarantee while
 * the other's role stays at or above its own; and a task that is within its guarantee is not taken away by one of another role.
 *
 * <p>A task is looked at in the step in which it joins the queue, and then at ticks, some classes at each, going round. To be called when
 * everything that has room was placed. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Preemption {
    /** A search in vain looks at each agent, so there are only so many a step. */
    private static final int SEARCHES_IN_VAIN = 2;

    private static final int CLASSES_A_TICK = 64;
    private static final int LEAVES_A_TICK = 4;
    /** With more classes than these waiting, new ones wait for their turn at a tick. */
    private static final int MOST_CLASSES_AT_ONCE = 64;
    /** For so many tasks room may be held at a time. */
    private static final int MOST_HOLDERS = 256;

    private final PoolState state;
    private final Tasks tasks;
    private final OfferReclaim reclaim;
    /** Agents that were held for a task for which others give way elsewhere. */
    private final List<Agent> noLongerHeld = new ArrayList<>();

    private int inVain;

    Preemption(PoolState state, Tasks tasks, OfferReclaim reclaim) {
        this.state = state;
        this.tasks = tasks;
        this.reclaim = reclaim;
    }

    /** Looks at the tasks that joined the queue in this step and found no room. */
    void forReleased(Budget budget, Outbox out) {
        if (state.released.isEmpty()
                || !state.settings.getPreemption()
                || state.waiting.classCount() > MOST_CLASSES_AT_ONCE) {
            return;
        }
        inVain = 0;
        TreeSet<RequestClass> classes = new TreeSet<>(Comparator.comparing((RequestClass c) -> c.text));
        for (Task task : state.released) {
            // Who comes after another of its class finds nobody where that one found nobody.
            if (task.waiting && task.gang == null && firstThatMayTake(task.requestClass()) == task) {
                classes.add(task.requestClass());
            }
        }
        for (RequestClass requestClass : classes) {
            if (!forClass(requestClass, budget, out)) {
                break;
            }
        }
        makeRoom();
    }

    /** Looks at the next classes, going round. */
    void atTick(Budget budget, Outbox out) {
        if (state.waiting.size() == 0 || !state.settings.getPreemption()) {
            return;
        }
        inVain = 0;
        for (Role leaf : firstLeaves()) {
            RequestClass first = leaf.firstClass();
            if (first != null && first.gang == null && !forClass(first, budget, out)) {
                break;
            }
        }
        inVain = 0;
        String upTo = state.preemptedUpTo;
        for (RequestClass requestClass : state.waiting.after(upTo, CLASSES_A_TICK)) {
            if (isEnough(budget)) {
                break;
            }
            if (requestClass.gang == null) {
                forClass(requestClass, budget, out);
            }
            upTo = requestClass.text;
        }
        makeRoom();
        if (!upTo.equals(state.preemptedUpTo)) {
            state.preemptedUpTo = upTo;
            state.touchPool();
        }
    }

    /** The roles that are to be served next come before the others' turn. */
    private List<Role> firstLeaves() {
        List<Role> leaves = state.roles.leavesInOrder();
        return List.copyOf(leaves.subList(0, Math.min(leaves.size(), LEAVES_A_TICK)));
    }

    private boolean isEnough(Budget budget) {
        return !budget.isLeft() || inVain == SEARCHES_IN_VAIN || state.held.size() >= MOST_HOLDERS;
    }

    /** Only now, since what is looked at must not depend on what is known of the others' chances. */
    private void makeRoom() {
        noLongerHeld.forEach(state::gotRoom);
        noLongerHeld.clear();
    }

    /** Looks at the tasks of the class in their order until one finds nobody. False = that is enough for this step. */
    private boolean forClass(RequestClass requestClass, Budget budget, Outbox out) {
        for (Task task = firstThatMayTake(requestClass); task != null; task = firstThatMayTake(requestClass)) {
            if (isEnough(budget)) {
                return false;
            }
            // What it has a right to may come sooner than what is held for it because it has waited for long.
            SavedHold hold = task.hold == null ? null : state.held.suspend(task);
            VictimSearch search = new VictimSearch(state, task);
            boolean mayFind = search.mayFind() && (hold != null || !reclaim.canServe(requestClass));
            VictimSearch.Found found = mayFind ? search.best() : null;
            if (hold != null && found == null) {
                state.held.resume(task, hold);
            } else if (hold != null) {
                noLongerHeld.add(state.agent(hold.getAgentId()));
            }
            if (!mayFind) {
                return true;
            }
            if (found == null) {
                inVain++;
                return inVain < SEARCHES_IN_VAIN;
            }
            for (Task victim : found.victims()) {
                budget.spend(victim.gang == null ? 1 : victim.gang.members.size());
                evict(victim, task, out);
            }
            budget.spend(1);
            state.held.hold(task, found.agent(), HoldKind.HOLD_PREEMPTION, -1);
        }
        return true;
    }

    private void evict(Task victim, Task preemptor, Outbox out) {
        if (victim.state == TaskState.TASK_STAGING
                || victim.state == TaskState.TASK_STARTING
                || victim.state == TaskState.TASK_RUNNING) {
            tasks.preempt(victim, preemptor, out);
        }
    }

    /** The first task for which nobody gives way yet. */
    private static @Nullable Task firstThatMayTake(RequestClass requestClass) {
        for (Task task : requestClass.waiting) {
            boolean mayTake = task.hold == null || task.hold.getKind() == HoldKind.HOLD_STARVATION;
            if (mayTake && !task.preemptedInVain) {
                return task;
            }
        }
        return null;
    }
}
