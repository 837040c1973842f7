package dev.millrace.core;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the agent on which a task costs least by {@link FragmentationScore}. For the needs that were asked for last it keeps what each agent
 * would cost, and a tournament of the agents by it; a search reckons anew only those that have changed since the need was last asked for.
 * What is kept saves work and decides nothing. Mutable; owned by the stream thread.
 */
final class FragmentationIndex {
    /** How many costs are kept, of all classes together. */
    private static final int COSTS_KEPT = 4_000_000;
    /** But of so many needs in any case. */
    private static final int LEAST_NEEDS = 8;
    /** So many changes of agents are remembered; a need that was asked for before them begins anew. */
    private static final int CHANGES_KEPT = 8_192;
    /** No room. */
    private static final long NONE = Long.MAX_VALUE;
    /** How far up the role is for which an agent has a reservation weighs more than any cost. */
    private static final int FAVOUR_SHIFT = 48;
    /** Roles have fewer levels. */
    private static final int NOT_FAVOURED = 128;

    private final List<@Nullable Agent> agents = new ArrayList<>();
    private final int[] changed = new int[CHANGES_KEPT];
    private long changes;
    /** How many agents have reservations. */
    private int reservations;
    /** How many of them any need has taken into account. */
    private long searched;

    private @Nullable FragmentationScore score;
    private int maxTasksPerAgent;
    private final Map<Need, Tournament> tournaments = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Need, Tournament> eldest) {
            return size() > Math.max(LEAST_NEEDS, COSTS_KEPT / Math.max(1, agents.size()));
        }
    };

    /**
     * What classes have in common that cost the same everywhere.
     *
     * @param amount how much they need
     * @param ports the ports that they name
     * @param portCount how many ports they need beside those
     * @param constraints their constraints
     * @param role their role; empty = it makes no difference
     */
    private record Need(
            Resources amount, List<PortRange> ports, int portCount, ConstraintSet constraints, String role) {}

    /** What the agents cost a need. The winners lie in a heap: of slot s at {@code width + s}, of two neighbours between them. */
    private final class Tournament {
        private int width;
        private long[] costs = new long[0];
        private int[] winners = new int[0];
        private long seen = -1;

        private @Nullable Agent winner(RequestClass requestClass, FragmentationScore by) {
            if (seen < 0 || agents.size() > width || changes - seen > Math.min(CHANGES_KEPT, agents.size())) {
                playAll(requestClass, by);
            } else {
                for (long change = seen; change < changes; change++) {
                    play(changed[(int) (change % CHANGES_KEPT)], requestClass, by);
                }
            }
            seen = changes;
            searched = changes;
            return width == 0 || costs[winners[1]] == NONE ? null : agents.get(winners[1]);
        }

        private void playAll(RequestClass requestClass, FragmentationScore by) {
            width = Math.max(2, Integer.highestOneBit(Math.max(1, agents.size() - 1)) << 1);
            costs = new long[width];
            winners = new int[width];
            Arrays.fill(costs, NONE);
            for (int slot = 0; slot < agents.size(); slot++) {
                costs[slot] = cost(agents.get(slot), requestClass, by);
            }
            for (int game = width - 1; game > 0; game--) {
                playGame(game);
            }
        }

        private void play(int slot, RequestClass requestClass, FragmentationScore by) {
            costs[slot] = cost(agents.get(slot), requestClass, by);
            for (int game = (width + slot) / 2; game > 0; game /= 2) {
                int before = winners[game];
                playGame(game);
                if (winners[game] == before && before != slot) {
                    // It lost here before and loses here now, so that nothing is otherwise further up.
                    return;
                }
            }
        }

        private void playGame(int game) {
            winners[game] = better(contestant(2 * game), contestant(2 * game + 1));
        }

        private int contestant(int place) {
            return place >= width ? place - width : winners[place];
        }

        private int better(int one, int other) {
            if (costs[one] != costs[other] || costs[one] == NONE) {
                return costs[one] <= costs[other] ? one : other;
            }
            Agent a = agents.get(one);
            Agent b = agents.get(other);
            return a == null || (b != null && a.id.compareTo(b.id) > 0) ? other : one;
        }
    }

    /** Notes that the agent is in, perhaps with another ledger than before. */
    void put(Agent agent) {
        while (agents.size() <= agent.slot) {
            agents.add(null);
        }
        agents.set(agent.slot, agent);
        reservations += agent.hasReservations() ? 1 : 0;
        note(agent.slot);
    }

    /** Notes that the agent is out. */
    void take(Agent agent) {
        agents.set(agent.slot, null);
        reservations -= agent.hasReservations() ? 1 : 0;
        note(agent.slot);
    }

    /**
     * The agent on which a task of the class costs least, then the first by id: among those that have a reservation for its role, for the role
     * above it and so on, at last among all; null = none has room.
     */
    @Nullable
    Agent find(RequestClass requestClass, FragmentationScore by, int most) {
        if (score != by || maxTasksPerAgent != most) {
            tournaments.clear();
            score = by;
            maxTasksPerAgent = most;
        }
        Need need = new Need(
                requestClass.need.toResources(),
                requestClass.ports,
                requestClass.portCount,
                requestClass.constraints,
                reservations > 0 ? requestClass.leaf.name : "");
        Tournament tournament = tournaments.get(need);
        if (tournament == null) {
            tournament = new Tournament();
            tournaments.put(need, tournament);
        }
        return tournament.winner(requestClass, by);
    }

    private void note(int slot) {
        // Taking an agent out and putting it in is one change.
        if (changes == searched || changed[(int) ((changes - 1) % CHANGES_KEPT)] != slot) {
            changed[(int) (changes % CHANGES_KEPT)] = slot;
            changes++;
        }
    }

    private long cost(@Nullable Agent agent, RequestClass requestClass, FragmentationScore by) {
        if (agent == null || !requestClass.fits(agent, maxTasksPerAgent)) {
            return NONE;
        }
        long lost = by.lost(agent.open(requestClass.leaf.name), requestClass.need);
        return (long) favour(agent, requestClass.leaf.name) << FAVOUR_SHIFT | lost;
    }

    /** How many levels above the role the nearest one is for which the agent has a reservation. */
    private static int favour(Agent agent, String role) {
        if (!agent.hasReservations()) {
            return NOT_FAVOURED;
        }
        int deepest = -1;
        for (String reserved : agent.reservedRoles()) {
            if (Claims.isWithin(role, reserved)) {
                deepest = Math.max(deepest, reserved.length());
            }
        }
        return deepest < 0 ? NOT_FAVOURED : levels(role, deepest);
    }

    private static int levels(String role, int from) {
        int levels = 0;
        for (int i = from; i < role.length(); i++) {
            levels += role.charAt(i) == '/' ? 1 : 0;
        }
        return levels;
    }
}
