package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import dev.millrace.schemas.RequestClasses;
import dev.millrace.schemas.Topic;
import dev.millrace.state.HoldKind;
import dev.millrace.state.SavedHold;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says why classes of tasks wait. At each tick a few are looked at: first those that have no explanation yet, then the next ones going
 * round; what is found is published when it differs in kind or in what agents there are, but not for each change of what they have free. To be called only when everything that has room was placed, so that every
 * waiting class is one that fits nowhere. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Explanations {
    /** Looking at a class takes a look at each agent, so there are only so many a tick of each sort. */
    private static final int CLASSES_PER_TICK = 4;

    private record Cause(VetoCause cause, String subject) implements Comparable<Cause> {
        @Override
        public int compareTo(Cause other) {
            int byCause = cause.compareTo(other.cause);
            return byCause != 0 ? byCause : subject.compareTo(other.subject);
        }
    }

    private record Why(PendingKind kind, String subject) {}

    private final PoolState state;

    Explanations(PoolState state) {
        this.state = state;
    }

    void explainSome(Outbox out) {
        List<RequestClass> fresh = state.waiting.unexplained(CLASSES_PER_TICK);
        for (RequestClass requestClass : fresh) {
            publish(requestClass, explain(requestClass), out);
        }
        List<RequestClass> next = state.waiting.after(state.explainedUpTo, CLASSES_PER_TICK);
        if (next.isEmpty()) {
            return;
        }
        for (RequestClass requestClass : next) {
            if (fresh.contains(requestClass)) {
                continue;
            }
            PendingExplained found = explain(requestClass);
            if (requestClass.explained == null || differs(requestClass.explained, found)) {
                publish(requestClass, found, out);
            }
        }
        String upTo = next.get(next.size() - 1).text;
        if (!upTo.equals(state.explainedUpTo)) {
            state.explainedUpTo = upTo;
            state.touchPool();
        }
    }

    private static boolean differs(PendingExplained before, PendingExplained now) {
        return before.getKind() != now.getKind()
                || before.getAgentsActive() != now.getAgentsActive()
                || (now.getKind() == PendingKind.ROLE_LIMIT
                        && !before.getSubject().equals(now.getSubject()))
                || !lasting(before).equals(lasting(now));
    }

    /** The vetoes that follow from what agents there are, whatever runs on them. */
    private static List<Veto> lasting(PendingExplained explained) {
        return explained.getVetoes().stream()
                .filter(veto ->
                        veto.getCause() == VetoCause.VETO_CONSTRAINT || veto.getCause() == VetoCause.VETO_TOO_SMALL)
                .toList();
    }

    private void publish(RequestClass requestClass, PendingExplained explained, Outbox out) {
        requestClass.explained = explained;
        state.waiting.explained(requestClass);
        state.touch(requestClass);
        out.send(Topic.DECISIONS, state.key(requestClass.text), explained);
    }

    /** Why the class waits, as things stand now: why its first task does. */
    PendingExplained explain(RequestClass requestClass) {
        return explain(requestClass, requestClass.waiting.first());
    }

    /** Why one task of the class waits, as things stand now. */
    PendingExplained explain(RequestClass requestClass, Task task) {
        RequestClass asked = speaker(requestClass);
        SortedMap<Cause, Integer> counts = new TreeMap<>();
        boolean someMeet = false;
        boolean someLarge = false;
        for (Agent agent : state.capacity.agents()) {
            boolean meets = asked.constraints.meetsAll(agent);
            someMeet |= meets;
            someLarge |= meets && agent.total.covers(asked.need);
            count(asked, agent, counts);
        }
        Why why;
        if (state.capacity.size() == 0) {
            why = new Why(PendingKind.NO_AGENTS, "");
        } else if (!someMeet) {
            why = new Why(PendingKind.NO_AGENT_MEETS_CONSTRAINTS, "");
        } else if (!someLarge) {
            why = new Why(PendingKind.NO_AGENT_LARGE_ENOUGH, "");
        } else {
            why = keptBack(requestClass, task);
        }
        if (why == null) {
            why = requestClass.gang == null ? lack(asked) : new Why(PendingKind.GANG_WAITS, "");
        }
        return new PendingExplained(
                state.pool,
                requestClass.text,
                why.kind(),
                state.capacity.size(),
                vetoes(counts),
                requestClass.waiting.size(),
                why.subject(),
                requestClass.leaf.name,
                (int) Math.min(Integer.MAX_VALUE, requestClass.leaf.role().shareMicros()),
                Instant.ofEpochMilli(state.clocks.wallMs()));
    }

    /** A gang's members need not be alike: the first that no agent could ever take speaks for all, else the first. */
    private RequestClass speaker(RequestClass requestClass) {
        RequestClass first = requestClass.waiting.first().requestClass();
        if (requestClass.gang == null) {
            return first;
        }
        RequestClass last = requestClass;
        for (Task member : requestClass.waiting) {
            RequestClass asked = member.requestClass();
            if (asked != last && !couldRun(asked)) {
                return asked;
            }
            last = asked;
        }
        return first;
    }

    private boolean couldRun(RequestClass requestClass) {
        for (Agent agent : state.capacity.agents()) {
            if (requestClass.constraints.admits(agent) && agent.total.covers(requestClass.need)) {
                return true;
            }
        }
        return false;
    }

    /** What keeps the class back that is no lack of room; null = nothing does. */
    private @Nullable Why keptBack(RequestClass requestClass, Task task) {
        Gang gang = requestClass.gang;
        if (gang != null && !gang.isReady()) {
            int others = gang.members.size() - requestClass.waiting.size();
            String missing = gang.isComplete()
                    ? others + " of its members are not waiting yet"
                    : (gang.size - gang.arrived) + " of " + gang.size + " members have not come";
            return new Why(PendingKind.GANG_INCOMPLETE, missing);
        }
        SavedHold hold = task.hold;
        if (hold != null) {
            PendingKind kind =
                    hold.getKind() == HoldKind.HOLD_PREEMPTION ? PendingKind.PREEMPTING : PendingKind.HOLDS_AGENT;
            return new Why(kind, hold.getAgentId());
        }
        Role limiting = gang == null
                ? state.roles.limiting(requestClass)
                : state.roles.limiting(requestClass.leaf, gang.needs(), null);
        return limiting == null ? null : new Why(PendingKind.ROLE_LIMIT, limiting.name);
    }

    /** Why no agent has room for the class. */
    private Why lack(RequestClass requestClass) {
        int most = state.settings.getMaxTasksPerAgent();
        String holder = "";
        boolean reserved = false;
        boolean offered = false;
        boolean near = false;
        for (Agent agent : state.capacity.agents()) {
            if (requestClass.fits(agent, most)) {
                return new Why(PendingKind.TURN_TO_COME, "");
            }
            if (agent.attempts() >= most || !requestClass.constraints.admits(agent)) {
                continue;
            }
            if (agent.open(requestClass.leaf.name).fits(requestClass)) {
                near = true;
            } else if (agent.openIfNothingWereHeld(requestClass.leaf.name).fits(requestClass)) {
                holder = agent.holds.firstKey();
            } else if (agent.unoccupied().fits(requestClass)) {
                reserved = true;
            } else if (!agent.offers.isEmpty() && agent.withOffers().covers(requestClass.need)) {
                offered = true;
            }
        }
        if (near) {
            return new Why(PendingKind.NEARNESS, "");
        }
        if (!holder.isEmpty()) {
            return new Why(PendingKind.HELD_FOR_ANOTHER, holder);
        }
        if (offered) {
            return new Why(PendingKind.OFFERED_TO_FRAMEWORKS, "");
        }
        return new Why(reserved ? PendingKind.RESERVED_FOR_OTHERS : PendingKind.WAITS_FOR_RESOURCES, "");
    }

    private void count(RequestClass requestClass, Agent agent, SortedMap<Cause, Integer> counts) {
        ConstraintSet constraints = requestClass.constraints;
        for (int i = 0; i < constraints.size(); i++) {
            if (!constraints.meets(i, agent)) {
                add(counts, VetoCause.VETO_CONSTRAINT, constraints.text(i));
            }
        }
        List<String> tooSmall = agent.total.lacking(requestClass.need);
        for (String resource : tooSmall) {
            add(counts, VetoCause.VETO_TOO_SMALL, resource);
        }
        Room unoccupied = agent.unoccupied();
        List<String> tooFull = unoccupied.amount().lacking(requestClass.need);
        List<String> evenWithOffers =
                agent.offers.isEmpty() ? tooFull : agent.withOffers().lacking(requestClass.need);
        for (String resource : tooFull) {
            if (!tooSmall.contains(resource)) {
                boolean full = evenWithOffers.contains(resource);
                add(counts, full ? VetoCause.VETO_TOO_FULL : VetoCause.VETO_OFFERED, resource);
            }
        }
        countClaims(requestClass, agent, tooFull, counts);
        Integer missing = unoccupied.ports().firstMissing(requestClass.ports);
        if (missing != null) {
            add(counts, VetoCause.VETO_PORTS, Integer.toString(missing));
        } else if (Amount.lacks(requestClass.need.ports, agent.free.ports)) {
            add(counts, VetoCause.VETO_PORTS, "portCount");
        }
        long gpuMillis = requestClass.need.gpuMillis;
        if (!Amount.lacks(gpuMillis, agent.free.gpuMillis)
                && !unoccupied.devices().fit(gpuMillis)) {
            add(counts, VetoCause.VETO_GPU_DEVICES, "gpus");
        }
        if (requestClass.nearness != null) {
            requestClass.nearness.unmet(
                    requestClass,
                    agent,
                    affinity -> add(counts, VetoCause.VETO_AFFINITY, RequestClasses.text(affinity)),
                    spread -> add(counts, VetoCause.VETO_SPREAD, spread.getAttribute()));
        }
        int most = state.settings.getMaxTasksPerAgent();
        if (agent.attempts() >= most) {
            add(counts, VetoCause.VETO_TASK_LIMIT, Integer.toString(most));
        }
    }

    /** Counts what there is and is kept for others. */
    private static void countClaims(
            RequestClass requestClass, Agent agent, List<String> tooFull, SortedMap<Cause, Integer> counts) {
        Room ifNothingWereHeld = agent.openIfNothingWereHeld(requestClass.leaf.name);
        for (String resource : ifNothingWereHeld.amount().lacking(requestClass.need)) {
            if (!tooFull.contains(resource)) {
                add(counts, VetoCause.VETO_RESERVED, resource);
            }
        }
        if (!agent.holds.isEmpty()
                && ifNothingWereHeld.fits(requestClass)
                && !agent.open(requestClass.leaf.name).fits(requestClass)) {
            add(counts, VetoCause.VETO_HELD, agent.holds.firstKey());
        }
    }

    private static void add(SortedMap<Cause, Integer> counts, VetoCause cause, String subject) {
        counts.merge(new Cause(cause, subject), 1, Integer::sum);
    }

    private static List<Veto> vetoes(SortedMap<Cause, Integer> counts) {
        List<Veto> vetoes = new ArrayList<>(counts.size());
        counts.forEach((cause, agents) -> vetoes.add(new Veto(cause.cause(), cause.subject(), agents)));
        vetoes.sort(Comparator.comparingInt(Veto::getAgents).reversed());
        return vetoes;
    }
}
