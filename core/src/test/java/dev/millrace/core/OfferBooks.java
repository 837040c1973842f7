package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedOffer;
import dev.millrace.state.SavedRole;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;

/**
 * Books of its own of who has what: it reads what agents say and what the scheduler puts out, and never the scheduler's own ledgers. It fails when
 * an agent or a role is given more than it may have, or a port or device twice.
 */
final class OfferBooks {
    private static final List<Function<Amount, Long>> KINDS = List.of(
            amount -> amount.cpuMillis,
            amount -> amount.memMib,
            amount -> amount.diskMib,
            amount -> amount.gpuMillis,
            amount -> amount.scalar("licences"));

    private static final List<Function<Quota, Long>> QUOTA_KINDS =
            List.of(Quota::getCpuMillis, Quota::getMemMib, Quota::getDiskMib, Quota::getGpuMillis);

    /**
     * Somebody who has something of an agent.
     *
     * @param role who it is charged to; empty = nobody
     * @param executor the executor that runs it, if one does
     */
    private record Occupant(String agentId, String role, String executor, Resources resources, List<Integer> devices) {}

    private final TreeMap<String, Resources> agents = new TreeMap<>();
    /** By what they are: o/offer, t/task, x/agent/framework/executor, p/agent/task#attempt. */
    private final TreeMap<String, Occupant> occupants = new TreeMap<>();

    private final TreeMap<String, SavedOffer> offers = new TreeMap<>();
    private TreeMap<String, SavedOffer> earlierOffers = new TreeMap<>();
    private TreeMap<String, Occupant> earlier = new TreeMap<>();
    private final TreeSet<String> executors = new TreeSet<>();
    private final Map<String, SavedRole> roles = new HashMap<>();
    private final StatusLedger statuses = new StatusLedger();

    /** The offers that are stored, by id. */
    Map<String, SavedOffer> offers() {
        return offers;
    }

    /** The statuses of the pool's tasks. */
    StatusLedger statuses() {
        return statuses;
    }

    /** An offer that was out before the step that was entered last. */
    SavedOffer earlierOffer(String id) {
        return earlierOffers.get(id);
    }

    /** How much of an agent nobody had before that step, if these offers had not been out. */
    Amount leftBefore(String agentId, Collection<String> offerIds) {
        Amount left = Amount.of(agents.getOrDefault(agentId, new Resources()));
        earlier.forEach((key, occupant) -> {
            if (occupant.agentId().equals(agentId) && !(key.startsWith("o/") && offerIds.contains(key.substring(2)))) {
                left.subtract(Amount.of(occupant.resources()));
            }
        });
        return left;
    }

    /** The tasks that are on agents, by id. */
    List<String> tasks() {
        return occupants.keySet().stream()
                .filter(key -> key.startsWith("t/"))
                .map(key -> key.substring(2))
                .toList();
    }

    /** Enters what a step has done, and checks it. */
    void enter(SpecificRecord input, Outbox out) {
        earlier = new TreeMap<>(occupants);
        earlierOffers = new TreeMap<>(offers);
        boolean othersChanged = false;
        for (Change change : out.changes()) {
            enter(change);
            othersChanged |= change.store() == Store.ROLES || change.store() == Store.EXECUTORS;
        }
        if (input instanceof TaskReport report && Transitions.endsAttempt(report.getState())) {
            occupants.remove("p/" + report.getAgentId() + '/' + report.getTaskId() + '#' + report.getAttempt());
        }
        for (Message message : out.messages()) {
            enter(message);
        }
        for (Change change : out.changes()) {
            // It may have ended in the same step.
            if (change.store() == Store.TASKS && change.value() == null) {
                statuses.forget(id(change));
            }
        }
        if (input instanceof AgentRegistered registered && wasTaken(registered, out)) {
            enter(registered);
        }
        if (input instanceof ExecutorEnded ended) {
            String key = executorKey(ended.getAgentId(), ended.getFrameworkId(), ended.getExecutorId());
            if (occupants.values().stream()
                    .noneMatch(occupant -> occupant.executor().equals(key))) {
                occupants.remove(key);
            }
        }
        if (othersChanged || !occupants.equals(earlier)) {
            check(input);
        }
    }

    private void enter(Change change) {
        String key = id(change);
        if (change.store() == Store.OFFERS) {
            if (change.value() instanceof SavedOffer offer) {
                offers.put(key, offer);
                occupants.put(
                        "o/" + key,
                        new Occupant(
                                offer.getAgentId(), offer.getRole(), "", offer.getResources(), offer.getGpuDevices()));
            } else {
                assertThat(offers.remove(key))
                        .as("offer %s that is out no longer", key)
                        .isNotNull();
                occupants.remove("o/" + key);
            }
        } else if (change.store() == Store.ROLES) {
            if (change.value() instanceof SavedRole role) {
                roles.put(role.getRole(), role);
            } else {
                roles.remove(key);
            }
        } else if (change.store() == Store.EXECUTORS) {
            if (change.value() == null) {
                executors.remove(key);
            } else {
                executors.add(key);
            }
        }
    }

    private static String id(Change change) {
        return change.key().substring(change.key().indexOf('/') + 1);
    }

    private void enter(Message message) {
        if (message.value() instanceof LaunchTask launch) {
            launch(launch);
        } else if (message.value() instanceof LaunchTaskGroup group) {
            group.getTasks().forEach(this::launch);
        } else if (message.value() instanceof TaskStatus status) {
            statuses.take(status);
            if (status.getSequence() > 0 && status.getAttemptEnded()) {
                occupants.remove("t/" + status.getTaskId());
            }
        } else if (message.value() instanceof AgentChanged changed && changed.getState() == AgentState.AGENT_REMOVED) {
            agents.remove(changed.getAgentId());
            occupants.values().removeIf(occupant -> occupant.agentId().equals(changed.getAgentId()));
        }
    }

    private void launch(LaunchTask launch) {
        String role = launch.getRequest().getRole();
        ExecutorSpec spec = launch.getRequest().getExecutor();
        String executor = "";
        if (spec != null) {
            executor = executorKey(launch.getAgentId(), launch.getFrameworkId(), spec.getExecutorId());
            occupants.putIfAbsent(
                    executor, new Occupant(launch.getAgentId(), role, "", spec.getResources(), List.of()));
        }
        Occupant before = occupants.put(
                "t/" + launch.getRequest().getTaskId(),
                new Occupant(
                        launch.getAgentId(), role, executor, ScriptedAgent.occupied(launch), launch.getGpuDevices()));
        assertThat(before).as("the attempt before %s", launch).isNull();
    }

    private static String executorKey(String agentId, String frameworkId, String executorId) {
        return "x/" + agentId + '/' + frameworkId + '/' + executorId;
    }

    private static boolean wasTaken(AgentRegistered registered, Outbox out) {
        return out.messages().stream()
                .anyMatch(message -> message.value() instanceof AgentChanged changed
                        && changed.getAgentId().equals(registered.getAgentId())
                        && changed.getIncarnation() == registered.getIncarnation()
                        && changed.getState() == AgentState.AGENT_ACTIVE);
    }

    /** What only the agent knows of occupies it until its end; of executors, those that have gone and have no tasks left are over. */
    private void enter(AgentRegistered registered) {
        String agentId = registered.getAgentId();
        agents.put(agentId, registered.getResources());
        occupants.keySet().removeIf(key -> key.startsWith("p/" + agentId + '/'));
        for (AgentTask listed : registered.getTasks()) {
            TaskStatus status = statuses.of(listed.getTaskId());
            Occupant current = occupants.get("t/" + listed.getTaskId());
            if (current == null
                    || status == null
                    || !current.agentId().equals(agentId)
                    || status.getAttempt() != listed.getAttempt()) {
                occupants.put(
                        "p/" + agentId + '/' + listed.getTaskId() + '#' + listed.getAttempt(),
                        new Occupant(agentId, "", "", listed.getResources(), listed.getGpuDevices()));
            }
        }
        TreeSet<String> there = new TreeSet<>();
        for (AgentExecutor listed : registered.getExecutors()) {
            String key = executorKey(agentId, listed.getFrameworkId(), listed.getExecutorId());
            there.add(key);
            occupants.putIfAbsent(key, new Occupant(agentId, "", "", listed.getResources(), List.of()));
        }
        TreeSet<String> needed = new TreeSet<>();
        occupants.values().forEach(occupant -> needed.add(occupant.executor()));
        occupants
                .keySet()
                .removeIf(key -> key.startsWith("x/" + agentId + '/') && !there.contains(key) && !needed.contains(key));
    }

    private void check(SpecificRecord input) {
        Map<String, Occupant> kept = new TreeMap<>();
        occupants.forEach((key, occupant) -> {
            // What only agents know of was not given to them by the scheduler.
            if (occupant.equals(earlier.get(key)) || occupant.role().isEmpty()) {
                kept.put(key, occupant);
            }
        });
        if (input instanceof AcceptOffers accept) {
            // What is launched takes the place of what was offered, also if a limit was set below that meanwhile.
            accept.getOfferIds().stream()
                    .map(id -> "o/" + id)
                    .filter(earlier::containsKey)
                    .forEach(key -> kept.put(key, earlier.get(key)));
        }
        Map<String, long[]> before = sums(kept);
        Map<String, long[]> now = sums(occupants);
        agents.forEach((id, total) -> {
            Amount all = Amount.of(total);
            checkGrowth(
                    before.get("agent " + id),
                    now.get("agent " + id),
                    "agent " + id,
                    kind -> KINDS.get(kind).apply(all));
            checkPortsAndDevices(id, total);
        });
        roles.forEach((name, role) -> {
            if (role.getLimit() != null) {
                checkGrowth(
                        before.get("role " + name), now.get("role " + name), "role " + name, kind -> limit(role, kind));
            }
        });
        TreeSet<String> begun = new TreeSet<>();
        for (String key : occupants.keySet()) {
            if (key.startsWith("x/")) {
                String[] parts = key.split("/");
                begun.add(parts[2] + '/' + parts[1] + '/' + parts[3]);
            }
        }
        assertThat(executors).as("executors that are stored").isEqualTo(begun);
    }

    private static long limit(SavedRole role, int kind) {
        Long limit = kind < QUOTA_KINDS.size() ? QUOTA_KINDS.get(kind).apply(role.getLimit()) : null;
        return limit == null ? Long.MAX_VALUE : limit;
    }

    /** How much agents and roles have of each kind. */
    private static Map<String, long[]> sums(Map<String, Occupant> of) {
        Map<String, long[]> sums = new HashMap<>();
        for (Occupant occupant : of.values()) {
            Amount amount = Amount.of(occupant.resources());
            add(sums, "agent " + occupant.agentId(), amount);
            String role = occupant.role();
            for (int end = role.length(); end > 0; end = role.lastIndexOf('/', end - 1)) {
                add(sums, "role " + role.substring(0, end), amount);
            }
        }
        return sums;
    }

    private static void add(Map<String, long[]> sums, String who, Amount amount) {
        long[] sum = sums.computeIfAbsent(who, key -> new long[KINDS.size()]);
        for (int kind = 0; kind < sum.length; kind++) {
            sum[kind] += KINDS.get(kind).apply(amount);
        }
    }

    /** Where something was given there may not be more now than there may be; that there is more because less is allowed now is no fault. */
    private static void checkGrowth(long[] before, long[] now, String who, Function<Integer, Long> most) {
        for (int kind = 0; now != null && kind < now.length; kind++) {
            if (now[kind] > (before == null ? 0 : before[kind])) {
                assertThat(now[kind]).as("kind %s of %s", kind, who).isLessThanOrEqualTo(most.apply(kind));
            }
        }
    }

    private void checkPortsAndDevices(String agentId, Resources total) {
        TreeSet<Integer> ports = new TreeSet<>();
        long[] devices = new long[(int) (total.getGpuMillis() / Devices.DEVICE_MILLIS)];
        occupants.forEach((key, occupant) -> {
            if (!occupant.agentId().equals(agentId)) {
                return;
            }
            for (PortRange range : occupant.resources().getPorts()) {
                for (int port = range.getFirst(); port <= range.getLast(); port++) {
                    assertThat(ports.add(port))
                            .as("port %s of %s for %s", port, agentId, key)
                            .isTrue();
                }
            }
            long gpuMillis = occupant.resources().getGpuMillis();
            assertThat(occupant.devices())
                    .as("devices of %s", key)
                    .hasSize((int) Devices.wholeDevices(gpuMillis))
                    .doesNotHaveDuplicates();
            for (int device : occupant.devices()) {
                if (device < devices.length) {
                    devices[device] += Math.min(gpuMillis, Devices.DEVICE_MILLIS);
                    assertThat(devices[device])
                            .as("device %s of %s with %s", device, agentId, key)
                            .isLessThanOrEqualTo(Devices.DEVICE_MILLIS);
                }
            }
        });
    }
}
