package dev.millrace.core;

import dev.millrace.state.HoldKind;
import dev.millrace.state.SavedHold;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives waiting tasks to agents. Those for which an agent is held go first; then the roles are served in their order, and of each the next
 * task in order goes to the agent that the pool's policy chooses, or a framework is offered something. A class that fits nowhere is passed over until an agent gets room, one
 * that a limit keeps back until the role has less. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Placement {
    /** A launch, and a kill at the end of its time, may take so much longer than they should. */
    private static final long BACKFILL_MARGIN_MS = 5_000;

    private final PoolState state;
    private final Tasks tasks;
    private final Offers offers;

    Placement(PoolState state, Tasks tasks, Offers offers) {
        this.state = state;
        this.tasks = tasks;
        this.offers = offers;
    }

    /** Places what there is room for. True = there is more that could be placed and the budget is spent. */
    boolean placeAll(Budget budget, Outbox out) {
        if (!state.held.isEmpty() && placeHolders(budget, out)) {
            return true;
        }
        for (Role leaf = state.roles.firstLeaf(); leaf != null; leaf = state.roles.firstLeaf()) {
            if (leaf.subscription != null) {
                if (offers.offerNext(leaf.subscription, budget, out)) {
                    return true;
                }
                continue;
            }
            RequestClass next = leaf.ready.first();
            if (next.gang != null) {
                if (placeGang(next.gang, budget, out)) {
                    return true;
                }
                continue;
            }
            Task task = next.waiting.first();
            Role limiting = state.roles.limiting(next);
            if (limiting != null) {
                state.waiting.limit(next, limiting);
                continue;
            }
            Agent agent = find(task);
            if (agent == null) {
                state.waiting.block(next);
            } else if (budget.isLeft()) {
                place(task, agent, out);
                budget.spend(1);
            } else {
                return true;
            }
        }
        return false;
    }

    /** Places the tasks for which an agent is held, where there is room for them now. True = the budget is spent. */
    private boolean placeHolders(Budget budget, Outbox out) {
        for (Task task : state.held.holders()) {
            SavedHold hold = task.hold;
            if (hold == null) {
                continue;
            }
            Gang gang = task.gang;
            if (gang != null) {
                if (gang.unit.place == RequestClass.Place.READY && placeGang(gang, budget, out)) {
                    return true;
                }
                continue;
            }
            Agent agent = state.agent(hold.getAgentId());
            RequestClass requestClass = task.requestClass();
            if (requestClass.fits(agent, state.settings.getMaxTasksPerAgent(), task)
                    && state.roles.limiting(requestClass.leaf, requestClass.need, requestClass.need) == null) {
                if (!budget.isLeft()) {
                    return true;
                }
                place(task, agent, out);
                budget.spend(1);
            }
        }
        return false;
    }

    private void place(Task task, Agent agent, Outbox out) {
        if (tasks.isMistakable(task, agent)) {
            tasks.delay(task);
            return;
        }
        state.dequeue(task);
        state.occupancy.occupy(agent, task);
        tasks.launch(task, agent, out);
    }

    /** Places all of a gang or nothing of it. True = the budget is spent. */
    private boolean placeGang(Gang gang, Budget budget, Outbox out) {
        Amount needs = gang.needs();
        List<Task> held = heldMembers(gang);
        Role limiting = state.roles.limiting(gang.unit.leaf, needs, held.isEmpty() ? null : Amount.sum(needsOf(held)));
        if (limiting != null || (held.isEmpty() && !mayHaveRoom(needs))) {
            block(gang);
            return false;
        }
        List<SavedHold> holds = new ArrayList<>(held.size());
        for (Task task : held) {
            holds.add(state.held.suspend(task));
        }
        List<Task> members = List.copyOf(gang.unit.waiting);
        Task left = occupyAll(members);
        boolean spent = left == null && !budget.isLeft();
        if (spent) {
            undo(members, members.size());
        }
        if (left != null || spent) {
            for (int i = 0; i < held.size(); i++) {
                state.held.resume(held.get(i), holds.get(i));
            }
        }
        if (spent) {
            return true;
        }
        if (left != null) {
            if (left.agentId == null) {
                block(gang);
            } else {
                left.agentId = null;
                tasks.delay(left);
            }
            return false;
        }
        state.gangs.placed(gang);
        for (Task member : members) {
            state.occupancy.makeGood(member);
            state.dequeue(member);
            tasks.launch(member, state.agent(member.agentId), out);
        }
        // Members need not be where agents were held for them.
        holds.forEach(hold -> state.gotRoom(state.agent(hold.getAgentId())));
        budget.spend(members.size());
        return false;
    }

    /**
     * Gives each of the tasks an agent. If one can't be given any, none is, and that one is returned; if it is because its agent would take it
     * for another one, it still names that agent.
     */
    private @Nullable Task occupyAll(List<Task> members) {
        for (int i = 0; i < members.size(); i++) {
            Task member = members.get(i);
            Agent agent = find(member);
            boolean mistakable = agent != null && tasks.isMistakable(member, agent);
            if (agent == null || mistakable) {
                undo(members, i);
                member.agentId = agent == null ? null : agent.id;
                return member;
            }
            state.occupancy.tryOccupy(agent, member);
        }
        return null;
    }

    /** Unlike that of other classes, this is stored: room for all of a gang can come about in more ways than anybody could be told of. */
    private void block(Gang gang) {
        state.waiting.block(gang.unit);
        state.gangs.tried(gang, true);
    }

    private void undo(List<Task> members, int occupied) {
        for (int i = occupied - 1; i >= 0; i--) {
            state.occupancy.undo(members.get(i));
        }
    }

    private @Nullable Agent find(Task task) {
        RequestClass requestClass = task.requestClass();
        Agent agent = state.find(requestClass);
        return agent != null || state.held.isEmpty() ? agent : backfill(task, requestClass);
    }

    /**
     * The agent that is held for a task that has waited for long, if this one is over there before that one can be placed (EASY backfilling, of
     * Lifka's "The ANL/IBM SP Scheduling System", 1995).
     */
    private @Nullable Agent backfill(Task task, RequestClass requestClass) {
        Long maxRunTimeMs = task.request().getMaxRunTimeMs();
        if (maxRunTimeMs == null || task.gang != null) {
            return null;
        }
        long overMs = state.clocks.elapsedMs()
                + maxRunTimeMs
                + task.request().getKillPolicy().getGracePeriodMs()
                + BACKFILL_MARGIN_MS;
        for (Task holder : state.held.holders()) {
            SavedHold hold = holder.hold;
            if (hold != null && hold.getKind() == HoldKind.HOLD_STARVATION && overMs <= hold.getRoomByMs()) {
                Agent agent = state.agent(hold.getAgentId());
                if (requestClass.fits(agent, state.settings.getMaxTasksPerAgent(), holder)) {
                    return agent;
                }
            }
        }
        return null;
    }

    private boolean mayHaveRoom(Amount needs) {
        Tally free = state.capacity.freeTotal();
        return needs.cpuMillis <= free.cpuMillis
                && needs.memMib <= free.memMib
                && needs.diskMib <= free.diskMib
                && needs.gpuMillis <= free.gpuMillis;
    }

    private static List<Task> heldMembers(Gang gang) {
        List<Task> held = new ArrayList<>();
        for (Task member : gang.members) {
            if (member.hold != null) {
                held.add(member);
            }
        }
        return held;
    }

    private static List<Amount> needsOf(List<Task> tasks) {
        List<Amount> needs = new ArrayList<>();
        for (Task task : tasks) {
            needs.add(task.requestClass().need);
        }
        return needs;
    }
}
