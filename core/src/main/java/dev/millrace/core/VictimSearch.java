package dev.millrace.core;

import dev.millrace.contract.TaskState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tasks that give way to one task: on one agent, as few as will do, among equally many those of the lowest priority, then the
 * youngest. Formally, of two sets of equal size the better one is that whose worst member is better, then whose second worst is, and so on,
 * where the worse of two tasks is the one of higher priority, then the one placed earlier, then the one submitted earlier; then the agent's
 * id decides. Members of gangs are taken only if no agent will do without, since all their gang goes with them.
 */
final class VictimSearch {
    /** After so many sets the search takes the best tasks first and leaves out those that are not needed. */
    private static final int MOST_TRIALS = 20_000;
    /** And looks at so many agents more that would do. */
    private static final int MOST_AGENTS_MORE = 64;

    private static final Comparator<Task> BEST_FIRST = Comparator.<Task>comparingInt(t -> t.priority)
            .thenComparing(Comparator.<Task>comparingLong(t -> t.placedMs).reversed())
            .thenComparing(Comparator.<Task>comparingLong(t -> t.submission).reversed());

    /**
     * @param victims from the best to the worst; none if enough is ending there anyway
     */
    record Found(Agent agent, List<Task> victims) {}

    private final PoolState state;
    private final Task task;
    private final RequestClass requestClass;
    private final int mostPriority;
    /** The roles above the task that have a limit. */
    private final List<Role> limited = new ArrayList<>();
    /** By leaf: whether its tasks may be taken because their role has more than its guarantee. */
    private final Map<Role, Boolean> reclaimable = new HashMap<>();

    private int trials;
    private int agentsMore;

    VictimSearch(PoolState state, Task task) {
        this.state = state;
        this.task = task;
        this.requestClass = task.requestClass();
        this.mostPriority = task.priority - state.settings.getPreemptionGap();
        for (Role role = task.leaf().parent; role != null; role = role.parent) {
            if (role.limit != null) {
                limited.add(role);
            }
        }
    }

    /** Whether there may be anybody at all; cheap. */
    boolean mayFind() {
        return state.occupancy.anyPlacedUpTo(mostPriority) || mayClaim();
    }

    /** The best tasks of any agent; null = there are none that would do. */
    @Nullable
    Found best() {
        Found found = best(false);
        if (found == null) {
            found = best(true);
        }
        Found ending = found == null || found.victims().isEmpty() ? null : whereEnoughEnds();
        return ending == null ? found : ending;
    }

    private @Nullable Found best(boolean gangs) {
        Found best = null;
        for (Agent agent : state.capacity.agents()) {
            if (!mayEverFit(agent)) {
                continue;
            }
            List<Task> candidates = candidates(agent, gangs);
            if (candidates.isEmpty() || (gangs && candidates.stream().noneMatch(c -> c.gang != null))) {
                continue;
            }
            Found found = on(
                    agent,
                    candidates,
                    best == null ? Integer.MAX_VALUE : best.victims().size());
            if (found != null && (best == null || isBetter(found, best))) {
                best = found;
            }
        }
        return best;
    }

    /** An agent where nobody needs to give way, since what is being killed there makes room enough; null = there is none. */
    private @Nullable Found whereEnoughEnds() {
        for (Agent agent : state.capacity.agents()) {
            Found found = mayEverFit(agent) ? on(agent, List.of(), 0) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private boolean mayEverFit(Agent agent) {
        return agent.total.covers(requestClass.need) && requestClass.constraints.admits(agent);
    }

    /** The tasks of the agent that may be taken, the best first. */
    private List<Task> candidates(Agent agent, boolean gangs) {
        List<Task> candidates = new ArrayList<>();
        for (Task other : agent.tasks.values()) {
            if (other.state != TaskState.TASK_KILLING
                    && other.state != TaskState.TASK_UNREACHABLE
                    && (gangs || other.gang == null)
                    && mayTake(other)) {
                candidates.add(other);
            }
        }
        candidates.sort(BEST_FIRST);
        return candidates;
    }

    /** The best of the candidates, at most so many; null = there are none that would do. */
    private @Nullable Found on(Agent agent, List<Task> candidates, int most) {
        List<Task> ending = new ArrayList<>();
        for (Task other : agent.tasks.values()) {
            if (other.state == TaskState.TASK_KILLING) {
                ending.add(other);
            }
        }
        state.occupancy.beginTrial(requestClass);
        ending.forEach(other -> state.occupancy.withdraw(agent, other));
        List<Task> victims = new Trial(agent, candidates).smallest(most);
        for (int i = ending.size() - 1; i >= 0; i--) {
            state.occupancy.reinstate(agent, ending.get(i));
        }
        return victims == null ? null : new Found(agent, victims);
    }

    /** Whether the other task, with all its gang, may be taken away by this one, if its role can spare it. */
    private boolean mayTake(Task other) {
        for (Task going : goingWith(other)) {
            if (going.priority > mostPriority && !mayReclaim(going)) {
                return false;
            }
        }
        return true;
    }

    /** The task and what is on agents of its gang, all of which ends with it. */
    private static Collection<Task> goingWith(Task victim) {
        if (victim.gang == null) {
            return List.of(victim);
        }
        List<Task> going = new ArrayList<>();
        for (Task member : victim.gang.members) {
            if (member.state != TaskState.TASK_QUEUED && member.state != TaskState.TASK_KILLING) {
                going.add(member);
            }
        }
        return going;
    }

    /** The same for all tasks of a role, so it is found out once for each. */
    private boolean mayReclaim(Task other) {
        Boolean known = reclaimable.get(other.leaf());
        if (known == null) {
            Role common = commonAncestor(other);
            Role mine = below(common, task.leaf());
            Role theirs = below(common, other.leaf());
            known = mine != theirs && isClaim(mine) && borrows(theirs, mine);
            reclaimable.put(other.leaf(), known);
        }
        return known;
    }

    private boolean mayClaim() {
        for (Role role = task.leaf(); role.parent != null; role = role.parent) {
            if (isClaim(role)) {
                for (Role sibling : role.parent.children.values()) {
                    if (sibling != role && borrows(sibling, role)) {
                        return true;
                    }
                }
                Role own = role.parent.own;
                if (own != null && own != role && borrows(own, role)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the role has more than it is guaranteed of what is asked for and guaranteed to the other. */
    private boolean borrows(Role role, Role from) {
        return from.guarantee != null
                && from.guarantee.isBorrowedFrom(staying(role), role.guarantee, requestClass.need);
    }

    /** Whether with this task the role would still be within its guarantee, and the time to wait for it is over. */
    private boolean isClaim(Role role) {
        if (role.guarantee == null || !role.guarantee.concerns(requestClass.need)) {
            return false;
        }
        long sinceMs = Math.max(task.queuedMs, role.guaranteedSinceMs);
        if (state.clocks.elapsedMs() - sinceMs < state.settings.getReclaimDelayMs()) {
            return false;
        }
        Tally then = staying(role);
        then.add(role.held, 1);
        return role.guarantee.admits(then, requestClass.need);
    }

    private static Tally staying(Role role) {
        Tally staying = role.allocated.copy();
        staying.add(role.leaving, -1);
        return staying;
    }

    private Role commonAncestor(Task other) {
        Role a = task.leaf();
        Role b = other.leaf();
        while (a != b) {
            if (a.depth >= b.depth) {
                a = parent(a);
            } else {
                b = parent(b);
            }
        }
        return a;
    }

    private static Role below(Role ancestor, Role leaf) {
        Role role = leaf;
        while (role != ancestor && role.parent != ancestor) {
            role = parent(role);
        }
        return role;
    }

    private static Role parent(Role role) {
        if (role.parent == null) {
            throw new IllegalStateException("the root has no parent");
        }
        return role.parent;
    }

    private static boolean isBetter(Found a, Found b) {
        int bySize = Integer.compare(a.victims().size(), b.victims().size());
        for (int i = a.victims().size() - 1; bySize == 0 && i >= 0; i--) {
            int byWorst = BEST_FIRST.compare(a.victims().get(i), b.victims().get(i));
            if (byWorst != 0) {
                return byWorst < 0;
            }
        }
        return bySize < 0;
    }

    /** The search on one agent, whose ledger it changes and restores. */
    private final class Trial {
        private final Agent agent;
        private final List<Task> candidates;
        private final List<Task> taken = new ArrayList<>();

        Trial(Agent agent, List<Task> candidates) {
            this.agent = agent;
            this.candidates = candidates;
        }

        /** The best of the smallest sets, from its best to its worst task. */
        @Nullable
        List<Task> smallest(int most) {
            if (suffices()) {
                return List.of();
            }
            if (candidates.isEmpty() || (requestClass.nearness == null && !sufficesWithAll())) {
                return null;
            }
            candidates.removeIf(candidate -> !spares(candidate));
            for (int size = leastSize(); size <= Math.min(most, candidates.size()); size++) {
                if (withWorst(size, candidates.size())) {
                    return takenBestFirst();
                }
                if (trials >= MOST_TRIALS) {
                    return agentsMore++ < MOST_AGENTS_MORE ? bestThatAreNeeded() : null;
                }
            }
            return null;
        }

        /** How many tasks it takes at least to make room: those with most of it, for cores and for memory. */
        private int leastSize() {
            if (candidates.stream().anyMatch(candidate -> candidate.gang != null)) {
                return 1; // Others go with it.
            }
            Amount free = agent.open(requestClass.leaf.name).amount();
            return Math.max(
                    leastSize(requestClass.need.cpuMillis - free.cpuMillis, need -> need.cpuMillis),
                    leastSize(requestClass.need.memMib - free.memMib, need -> need.memMib));
        }

        private int leastSize(long lacking, ToLongFunction<Amount> kind) {
            long[] amounts = candidates.stream()
                    .mapToLong(candidate -> kind.applyAsLong(candidate.requestClass().need))
                    .sorted()
                    .toArray();
            long left = lacking;
            int size = 0;
            while (left > 0 && size < amounts.length) {
                left -= amounts[amounts.length - ++size];
            }
            return Math.max(1, size);
        }

        /** Tries the sets of that size whose worst member is before {@code end}, better worst ones first. */
        private boolean withWorst(int size, int end) {
            if (size == 0) {
                trials++;
                return suffices();
            }
            for (int worst = size - 1; worst < end && trials < MOST_TRIALS; worst++) {
                take(candidates.get(worst));
                if (withWorst(size - 1, worst)) {
                    return true;
                }
                giveBack();
            }
            return false;
        }

        private @Nullable List<Task> bestThatAreNeeded() {
            for (int i = 0; i < candidates.size() && !suffices(); i++) {
                if (spares(candidates.get(i))) {
                    take(candidates.get(i));
                }
            }
            if (!suffices()) {
                giveBackAll();
                return null;
            }
            List<Task> needed = takenBestFirst();
            for (int i = needed.size() - 1; i >= 0; i--) {
                Task worst = needed.remove(i);
                needed.forEach(this::take);
                if (!suffices()) {
                    needed.add(i, worst);
                }
                giveBackAll();
            }
            return needed;
        }

        private boolean sufficesWithAll() {
            candidates.forEach(this::take);
            boolean suffices = fits() && limitsHold();
            giveBackAll();
            return suffices;
        }

        /** Whether there is room, and every role keeps its limit and its guarantee, without the tasks that are taken. */
        private boolean suffices() {
            return fits() && limitsHold() && guaranteesHold();
        }

        private boolean fits() {
            return requestClass.fits(agent, state.settings.getMaxTasksPerAgent());
        }

        private boolean limitsHold() {
            for (Role role : limited) {
                Tally then = staying(role);
                then.add(role.held, 1);
                then.add(takenFrom(role), -1);
                Bound limit = role.limit;
                if (limit != null && !limit.admits(then, requestClass.need)) {
                    return false;
                }
            }
            return true;
        }

        private boolean guaranteesHold() {
            for (Task victim : taken) {
                Role common = commonAncestor(victim);
                for (Role role = victim.leaf(); role != common; role = parent(role)) {
                    if (role.guarantee != null && !keepsGuarantee(role, role.guarantee)) {
                        return false;
                    }
                }
            }
            return true;
        }

        private boolean keepsGuarantee(Role role, Bound guarantee) {
            Tally less = takenFrom(role);
            Tally then = staying(role);
            then.add(less, -1);
            return guarantee.isFilled(then, less);
        }

        /** What a role, with those below it, loses with the tasks that are taken and their gangs. */
        private Tally takenFrom(Role role) {
            Tally less = new Tally();
            Set<Task> going = new LinkedHashSet<>();
            for (Task victim : taken) {
                if (isBelow(victim.leaf(), role)) {
                    going.addAll(goingWith(victim));
                }
            }
            going.forEach(task -> less.add(task.requestClass().need));
            return less;
        }

        private boolean spares(Task victim) {
            taken.add(victim);
            boolean spares = guaranteesHold();
            taken.remove(taken.size() - 1);
            return spares;
        }

        private void take(Task victim) {
            state.occupancy.withdraw(agent, victim);
            taken.add(victim);
        }

        private void giveBack() {
            state.occupancy.reinstate(agent, taken.remove(taken.size() - 1));
        }

        private void giveBackAll() {
            while (!taken.isEmpty()) {
                giveBack();
            }
        }

        private List<Task> takenBestFirst() {
            List<Task> best = new ArrayList<>(taken);
            best.sort(BEST_FIRST);
            giveBackAll();
            return best;
        }
    }

    private static boolean isBelow(Role leaf, Role role) {
        for (Role at = leaf; at != null; at = at.parent) {
            if (at == role) {
                return true;
            }
        }
        return false;
    }
}
