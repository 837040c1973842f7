package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentState;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import dev.millrace.state.AgentTerms;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The number of trials comes from {@code millrace.claims.trials}. */
class ClaimsTest {
    private static final int TRIALS = Integer.getInteger("millrace.claims.trials", 2_000);
    private static final long CPU_MILLIS = 20_000;
    private static final List<String> ROLES = List.of("a", "a/b", "a/b/c", "a/d", "ab", "e", "e/f/g");

    private final long seed = Long.getLong("millrace.claims.seed", 7);
    private final Random random = new Random(seed);

    @Test
    void leavesToEachRoleWhatUsingUpReservationsFromTheDeepestLeaves() {
        for (int trial = 0; trial < TRIALS; trial++) {
            Agent agent = agent();
            occupy(agent, tasks());

            for (String role : ROLES) {
                assertThat(agent.open(role).amount().cpuMillis)
                        .as("open to %s in trial %d of seed %d", role, trial, seed)
                        .isEqualTo(expected(agent, role));
            }
            assertThat(agent.open().amount().cpuMillis)
                    .as("open in trial %d of seed %d", trial, seed)
                    .isEqualTo(expected(agent, ""));
        }
    }

    @Test
    void comesToTheSameInWhateverOrderTasksCome() {
        for (int trial = 0; trial < TRIALS; trial++) {
            Agent agent = agent();
            List<Task> tasks = tasks();
            occupy(agent, tasks);
            List<Long> open = open(agent);

            tasks.forEach(agent::vacate);
            Collections.shuffle(tasks, random);
            occupy(agent, tasks);

            assertThat(open(agent)).as("trial %d of seed %d", trial, seed).isEqualTo(open);
        }
    }

    @Test
    void restoresExactlyWhatWasWithdrawn() {
        for (int trial = 0; trial < TRIALS; trial++) {
            Agent agent = agent();
            List<Task> tasks = tasks();
            occupy(agent, tasks);
            Task holder = task("h", role());
            agent.hold(holder, holder.requestClass().need);
            List<Long> open = open(agent);
            int attempts = agent.attempts();
            List<Task> gone = tasks.subList(0, random.nextInt(tasks.size() + 1));

            gone.forEach(agent::withdraw);
            assertThat(agent.attempts()).isEqualTo(attempts - gone.size());
            gone.forEach(agent::reinstate);

            assertThat(open(agent)).as("trial %d of seed %d", trial, seed).isEqualTo(open);
            assertThat(agent.attempts()).isEqualTo(attempts);
        }
    }

    @Test
    void keepsWhatIsHeldFromOthersAndNotFromItsTask() {
        Agent agent = new Agent("a", 0, new AgentTerms(1L, 2L, 3L));
        agent.resources = Requests.resources(4_000, 4_000);
        agent.balance();
        Task holder = task("h", "a");
        RequestClass wanted = holder.requestClass();

        agent.hold(holder, Amount.of(Requests.resources(4_000, 64)));

        assertThat(wanted.fits(agent, 10)).isFalse();
        assertThat(wanted.fits(agent, 10, holder)).isTrue();
        assertThat(wanted.fits(agent, 10, task("other", "a"))).isFalse();
        agent.occupy(holder, null);
        assertThat(agent.holds).isEmpty();
        assertThat(agent.open().amount().cpuMillis).isEqualTo(4_000 - holder.requestClass().need.cpuMillis);
    }

    @Test
    void namesTheTaskThatAnAgentIsHeldFor() {
        PoolState state = new PoolState("p", new Clocks());
        Agent agent = state.newAgent("a");
        agent.resources = Requests.resources(4_000, 4_000);
        agent.balance();
        agent.state = AgentState.AGENT_ACTIVE;
        state.capacity.add(agent);
        state.capacity.change(agent, () -> agent.hold(task("holder", "a"), Amount.of(Requests.resources(4_000, 64))));
        Task waiting = new Task("t", "", "default", 1);
        waiting.request = Requests.task("t").build();
        waiting.requestClass = state.waiting.classOf(waiting.request(), "");
        state.waiting.add(waiting);
        Outbox out = new Outbox();

        new Explanations(state).explainSome(out);

        PendingExplained explained = (PendingExplained) out.messages().get(0).value();
        assertThat(explained.getVetoes()).containsExactly(new Veto(VetoCause.VETO_HELD, "holder", 1));
    }

    /** All roles whose deepest reserved role is this one use it; the rest goes to the one above. */
    private static long expected(Agent agent, String asker) {
        long general = agent.total.cpuMillis;
        long leftToAsker = 0;
        List<String> reserved = new ArrayList<>(ROLES);
        reserved.sort((x, y) -> Integer.compare(y.length(), x.length()));
        reserved.removeIf(role -> reservedMillis(agent, role) == 0);
        long[] overflow = new long[reserved.size()];
        for (int i = 0; i < reserved.size(); i++) {
            String role = reserved.get(i);
            long use = overflow[i];
            for (Task task : agent.tasks.values()) {
                use += deepest(reserved, task.role).equals(role) ? task.requestClass().need.cpuMillis : 0;
            }
            long has = reservedMillis(agent, role);
            general -= has;
            if (!asker.isEmpty() && (asker + "/").startsWith(role + "/")) {
                leftToAsker += Math.max(0, has - use);
            }
            String above = role.contains("/") ? deepest(reserved, role.substring(0, role.lastIndexOf('/'))) : "";
            if (above.isEmpty()) {
                general -= Math.max(0, use - has);
            } else {
                overflow[reserved.indexOf(above)] += Math.max(0, use - has);
            }
        }
        for (Task task : agent.tasks.values()) {
            general -= deepest(reserved, task.role).isEmpty() ? task.requestClass().need.cpuMillis : 0;
        }
        return general + leftToAsker;
    }

    private static String deepest(List<String> reserved, String role) {
        return reserved.stream()
                .filter(candidate -> (role + "/").startsWith(candidate + "/"))
                .findFirst()
                .orElse("");
    }

    private static long reservedMillis(Agent agent, String role) {
        return agent.reservations.stream()
                .filter(reservation -> reservation.getRole().equals(role))
                .mapToLong(reservation -> reservation.getResources().getCpuMillis())
                .sum();
    }

    private Agent agent() {
        Agent agent = new Agent("a", 0, new AgentTerms(1L, 2L, 3L));
        agent.resources = Requests.resources(CPU_MILLIS, 1_000_000);
        List<Reservation> reservations = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            reservations.add(new Reservation(role(), Requests.resources(1 + random.nextInt(4_000), 0), List.of()));
        }
        agent.reservations = reservations;
        agent.balance();
        return agent;
    }

    private List<Task> tasks() {
        List<Task> tasks = new ArrayList<>();
        for (int i = random.nextInt(12); i > 0; i--) {
            tasks.add(task("t" + i, role()));
        }
        return tasks;
    }

    private Task task(String id, String role) {
        Task task = new Task(id, "", role, 1);
        task.requestClass = new RequestClass(
                "c",
                Role.leafOf(new Role(role, null), ""),
                Requests.task(id)
                        .setRole(role)
                        .setResources(Requests.resources(1 + random.nextInt(3_000), 1))
                        .build(),
                new ConstraintSet(List.of(), List.of()));
        return task;
    }

    private String role() {
        return ROLES.get(random.nextInt(ROLES.size()));
    }

    private static void occupy(Agent agent, List<Task> tasks) {
        tasks.forEach(task -> agent.occupy(task, null));
    }

    private static List<Long> open(Agent agent) {
        List<Long> open = new ArrayList<>(List.of(agent.open().amount().cpuMillis, agent.free.cpuMillis));
        ROLES.forEach(role -> open.add(agent.open(role).amount().cpuMillis));
        return open;
    }
}
