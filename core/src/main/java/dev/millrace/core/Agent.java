package dev.millrace.core;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedOrphan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An agent and the ledger of what its attempts occupy. An agent is never given more than it has: {@code free} is what its attempts and
 * orphans leave over, whatever the agent's state. Mutable; owned by the stream thread.
 */
final class Agent {
    /** An attempt that is nobody's current one and occupies its resources until its end is reported. */
    record OrphanKey(String taskId, int attempt) implements Comparable<OrphanKey> {
        @Override
        public int compareTo(OrphanKey other) {
            int byTask = taskId.compareTo(other.taskId);
            return byTask != 0 ? byTask : Integer.compare(attempt, other.attempt);
        }
    }

    /**
     * What an orphan occupies.
     *
     * @param resources how much, with its ports
     * @param gpuDevices its GPU devices
     */
    record Orphan(Resources resources, List<Integer> gpuDevices) {}

    private static final int LIVENESS_BUCKETS = 4;

    final String id;
    /** The agent's place in caches; not stored. */
    final int slot;

    long incarnation;
    String workDirId = "";
    String hostname = "";
    int launchPartition;
    Resources resources = new Resources();
    String version = "";
    AgentState state = AgentState.AGENT_ACTIVE;
    /** What it was told when it registered, and goes by until it registers again. */
    AgentTerms terms;

    long heardMs;
    long sinceMs;
    long registeredWallMs;
    /** True = it is unreachable, and its tasks are replaced as their policies say; false = the pool's limit on losses is asked first. */
    boolean declaredLost;

    /** Tells caches that the attributes changed; not stored. */
    long attributesVersion;

    private List<KeyValue> attributes = List.of();
    private final Map<String, String> attributeValues = new HashMap<>();

    /** What its configuration reserves for roles. */
    List<Reservation> staticReservations = List.of();
    /** What operators reserved for roles. */
    List<Reservation> reservations = List.of();

    /** What it has in all. */
    Amount total = Amount.zero();
    /** What its attempts and orphans leave over. */
    Amount free = Amount.zero();

    private Devices devices = new Devices(0);
    private Ports ports = new Ports(List.of());
    private Room unoccupied = new Room(free, devices, ports);
    /** What is held for waiting tasks, by their ids; not stored, since it follows from them. */
    final TreeMap<String, Claims.Hold> holds = new TreeMap<>();

    private Claims claims = new Claims(holds, total);
    /** What everybody may use. */
    private Room open = unoccupied;
    /** Its amount, by which indexes order agents; they look at it too often to go by way of the room. */
    private Amount openAmount = free;
    /** How many tasks are withdrawn for a trial. */
    private int withdrawn;

    /** The tasks whose current attempt it has, by id. */
    final TreeMap<String, Task> tasks = new TreeMap<>();
    /** Orphans and what they occupy. */
    final TreeMap<OrphanKey, Orphan> orphans = new TreeMap<>();
    /** What of it is offered, by number. */
    final TreeMap<Long, OpenOffer> offers = new TreeMap<>();
    /** The executors that it has, by their keys. */
    final TreeMap<String, Executor> executors = new TreeMap<>();
    /** True = it is in the list of what the step changed. */
    boolean touched;

    Agent(String id, int slot, AgentTerms terms) {
        this.id = id;
        this.slot = slot;
        this.terms = terms;
    }

    boolean isActive() {
        return state == AgentState.AGENT_ACTIVE;
    }

    /** How coarsely it is noted when it was heard of, in ms of elapsed time. */
    long bucketMs() {
        return Math.max(1, terms.getUnreachableTimeoutMs() / LIVENESS_BUCKETS);
    }

    /** When it is unreachable if it stays silent, in elapsed time. */
    long silentFromMs() {
        return heardMs + terms.getUnreachableTimeoutMs() + bucketMs();
    }

    /** How many attempts it has. */
    int attempts() {
        return tasks.size() + orphans.size() - withdrawn;
    }

    @Nullable
    String attribute(String name) {
        return attributeValues.get(name);
    }

    List<KeyValue> attributes() {
        return attributes;
    }

    void attributes(List<KeyValue> attributes, long version) {
        this.attributes = attributes;
        this.attributesVersion = version;
        attributeValues.clear();
        for (KeyValue attribute : attributes) {
            attributeValues.put(attribute.getKey(), attribute.getValue());
        }
    }

    /** Takes over what a registration says of the agent itself. The ledger is for the caller to draw up anew. */
    void register(AgentRegistered registered, long attributesVersion) {
        incarnation = registered.getIncarnation();
        workDirId = registered.getWorkDirId();
        hostname = registered.getHostname();
        launchPartition = registered.getLaunchPartition();
        resources = registered.getResources();
        version = registered.getVersion();
        staticReservations = registered.getReservations();
        attributes(registered.getAttributes(), attributesVersion);
    }

    /** Draws up the ledger from what the agent has, who occupies it and what is kept for whom. */
    void balance() {
        total = Amount.of(resources);
        free = total.copy();
        devices = new Devices(resources.getGpuMillis());
        ports = new Ports(resources.getPorts());
        unoccupied = new Room(free, devices, ports);
        claims = claims(reservations);
        for (Task task : tasks.values()) {
            take(task);
        }
        offers.values().forEach(this::take);
        executors.values().forEach(this::take);
        for (Orphan orphan : orphans.values()) {
            free.subtract(Amount.of(orphan.resources()));
            devices.take(orphan.gpuDevices(), orphan.resources().getGpuMillis());
            ports.take(orphan.resources().getPorts(), List.of());
        }
        settle();
    }

    /** What is free, whoever may use it. */
    Room unoccupied() {
        return unoccupied;
    }

    /** What everybody may use. */
    Room open() {
        return open;
    }

    /** How much everybody may use. */
    Amount openAmount() {
        return openAmount;
    }

    /** What tasks of the role may use. */
    Room open(String role) {
        if (!claims.hasReservations()) {
            return open;
        }
        Room ofRole = claims.open(role);
        return ofRole == null ? open : ofRole;
    }

    /** What tasks of the role may use; if one of them is named, also what is held for it. */
    Room open(String role, @Nullable Task holder) {
        return holds.isEmpty() || holder == null || !holds.containsKey(holder.id)
                ? open(role)
                : claims.openTo(role, holder, unoccupied);
    }

    /** What tasks of the role could use if nothing were held for any task. */
    Room openIfNothingWereHeld(String role) {
        return holds.isEmpty() ? open(role) : claims.openIfNothingWereHeld(role, unoccupied);
    }

    /** What everybody could use if these were the reservations that operators made. */
    Amount openWith(List<Reservation> others) {
        Claims otherwise = claims(others);
        for (Task task : tasks.values()) {
            otherwise.use(task.role, task.requestClass().need);
        }
        for (OpenOffer offer : offers.values()) {
            otherwise.use(offer.subscription.role(), offer.amount);
        }
        for (Executor executor : executors.values()) {
            otherwise.use(executor.role(), executor.amount);
        }
        return otherwise.open(unoccupied).amount();
    }

    /** What of a role's reservations nobody uses. */
    Amount reservedLeft(String role) {
        return claims.left(role);
    }

    /** The roles for which something is reserved. */
    Iterable<String> reservedRoles() {
        return claims.roles();
    }

    /** What operators and frameworks reserved for the role itself. */
    List<Reservation> reservationsOf(String role) {
        List<Reservation> ofRole = new ArrayList<>(0);
        for (Reservation reservation : reservations) {
            if (reservation.getRole().equals(role)) {
                ofRole.add(reservation);
            }
        }
        return ofRole;
    }

    /** The ids of the framework's executors. */
    List<String> executorsOf(String frameworkId) {
        List<String> ids = new ArrayList<>(0);
        for (Executor executor : executors.values()) {
            if (executor.frameworkId.equals(frameworkId)) {
                ids.add(executor.spec.getExecutorId());
            }
        }
        return ids;
    }

    boolean hasReservations() {
        return claims.hasReservations();
    }

    /** Takes the task's current attempt in, and gives it its ports and devices, these by the rule if there is one. What was held for it is no longer. */
    void occupy(Task task, @Nullable FragmentationScore rule) {
        RequestClass requestClass = task.requestClass();
        Room open = open(task.role, task);
        // It may be there for a time in what is held for another.
        Room room = open.fits(requestClass) ? open : unoccupied;
        task.ports = room.choosePorts(requestClass);
        task.gpuDevices = room.chooseDevices(requestClass, rule);
        holds.remove(task.id);
        tasks.put(task.id, task);
        take(task);
        settle();
    }

    /** Takes the task's attempt in, and gives it ports and devices of that room, which was offered; the room has less then. */
    void occupy(Task task, @Nullable FragmentationScore rule, Room offered) {
        RequestClass requestClass = task.requestClass();
        task.ports = offered.choosePorts(requestClass);
        task.gpuDevices = offered.chooseDevices(requestClass, rule);
        offered.take(task);
        tasks.put(task.id, task);
        take(task);
        settle();
    }

    /** Some of it is offered from now on. */
    void offer(OpenOffer offer) {
        offers.put(offer.number, offer);
        reinstate(offer);
    }

    /** It is offered no longer. */
    void takeBack(OpenOffer offer) {
        offers.remove(offer.number);
        withdraw(offer);
    }

    /** Takes an offer out of the ledger, for a look at what would fit without it; it is reinstated before anything else is done. */
    void withdraw(OpenOffer offer) {
        free.add(offer.amount);
        devices.give(offer.devices, offer.amount.gpuMillis);
        ports.give(offer.resources.getPorts(), List.of());
        claims.giveBack(offer.subscription.role(), offer.amount);
        settle();
    }

    /** Undoes {@link #withdraw(OpenOffer)}. */
    void reinstate(OpenOffer offer) {
        take(offer);
        settle();
    }

    /** How much would be free if nothing were offered. */
    Amount withOffers() {
        Amount amount = free.copy();
        offers.values().forEach(offer -> amount.add(offer.amount));
        return amount;
    }

    /** Has an executor from now on. */
    void begin(Executor executor) {
        executors.put(executor.key(), executor);
        take(executor);
        settle();
    }

    /** Has it no longer. */
    void end(Executor executor) {
        executors.remove(executor.key());
        free.add(executor.amount);
        claims.giveBack(executor.role(), executor.amount);
        settle();
    }

    /** What these offers hold together, to launch tasks in. */
    Room offered(List<OpenOffer> accepted) {
        List<Amount> amounts = new ArrayList<>();
        List<PortRange> ranges = new ArrayList<>();
        Devices offeredDevices = Devices.inUse(devices.count());
        for (OpenOffer offer : accepted) {
            amounts.add(offer.amount);
            ranges.addAll(offer.resources.getPorts());
            offeredDevices.give(offer.devices, offer.amount.gpuMillis);
        }
        return new Room(Amount.sum(amounts), offeredDevices, new Ports(Ports.sorted(ranges)));
    }

    /** Takes back what the task's current attempt occupies. */
    void vacate(Task task) {
        tasks.remove(task.id);
        give(task);
        settle();
        task.ports = List.of();
        task.gpuDevices = List.of();
    }

    /** Takes back what an orphan occupies. */
    void freeOrphan(OrphanKey key) {
        Orphan orphan = orphans.remove(key);
        if (orphan != null) {
            free.add(Amount.of(orphan.resources()));
            devices.give(orphan.gpuDevices(), orphan.resources().getGpuMillis());
            ports.give(orphan.resources().getPorts(), List.of());
            settle();
        }
    }

    /** Keeps so much for a waiting task, whether it is free or not; in place of what was held for it. */
    void hold(Task task, Amount need) {
        holds.put(task.id, new Claims.Hold(task, need));
        settle();
    }

    /** Holds nothing for the task any more. */
    void release(Task task) {
        if (holds.remove(task.id) != null) {
            settle();
        }
    }

    /**
     * Takes what a task of this agent occupies out of the ledger, for a look at what would fit without it. Each task that is withdrawn is
     * reinstated before anything else is done with the agent, which stays where it is in the indexes.
     */
    void withdraw(Task task) {
        give(task);
        withdrawn++;
        settle();
    }

    /** Undoes {@link #withdraw}. */
    void reinstate(Task task) {
        take(task);
        withdrawn--;
        settle();
    }

    private Claims claims(List<Reservation> byOperators) {
        Claims all = new Claims(holds, total);
        all.reserve(staticReservations);
        all.reserve(byOperators);
        return all;
    }

    private void take(Task task) {
        RequestClass requestClass = task.requestClass();
        free.subtract(requestClass.need);
        devices.take(task.gpuDevices, requestClass.need.gpuMillis);
        ports.take(requestClass.ports, task.ports);
        claims.use(task.role, requestClass.need);
    }

    private void take(OpenOffer offer) {
        free.subtract(offer.amount);
        devices.take(offer.devices, offer.amount.gpuMillis);
        ports.take(offer.resources.getPorts(), List.of());
        claims.use(offer.subscription.role(), offer.amount);
    }

    private void take(Executor executor) {
        free.subtract(executor.amount);
        claims.use(executor.role(), executor.amount);
    }

    private void give(Task task) {
        RequestClass requestClass = task.requestClass();
        free.add(requestClass.need);
        devices.give(task.gpuDevices, requestClass.need.gpuMillis);
        ports.give(requestClass.ports, task.ports);
        claims.giveBack(task.role, requestClass.need);
    }

    /** Finds out what everybody may use after a change. */
    private void settle() {
        free.ports = ports.freeCount();
        open = claims.isEmpty() ? unoccupied : claims.open(unoccupied);
        openAmount = open.amount();
    }

    SavedAgent save(String pool) {
        List<SavedOrphan> savedOrphans = new ArrayList<>(orphans.size());
        for (Map.Entry<OrphanKey, Orphan> orphan : orphans.entrySet()) {
            savedOrphans.add(new SavedOrphan(
                    orphan.getKey().taskId(),
                    orphan.getKey().attempt(),
                    orphan.getValue().resources(),
                    orphan.getValue().gpuDevices()));
        }
        return new SavedAgent(
                pool,
                id,
                incarnation,
                workDirId,
                hostname,
                launchPartition,
                resources,
                attributes,
                version,
                state,
                terms,
                heardMs,
                sinceMs,
                registeredWallMs,
                savedOrphans,
                staticReservations,
                reservations,
                declaredLost);
    }

    static Agent restore(SavedAgent saved, int slot, long attributesVersion) {
        Agent agent = new Agent(saved.getAgentId(), slot, saved.getTerms());
        agent.incarnation = saved.getIncarnation();
        agent.workDirId = saved.getWorkDirId();
        agent.hostname = saved.getHostname();
        agent.launchPartition = saved.getLaunchPartition();
        agent.resources = saved.getResources();
        agent.version = saved.getVersion();
        agent.state = saved.getState();
        agent.heardMs = saved.getHeardMs();
        agent.sinceMs = saved.getSinceMs();
        agent.registeredWallMs = saved.getRegisteredWallMs();
        agent.attributes(saved.getAttributes(), attributesVersion);
        agent.staticReservations = saved.getStaticReservations();
        agent.reservations = saved.getReservations();
        agent.declaredLost = saved.getDeclaredLost();
        for (SavedOrphan orphan : saved.getOrphans()) {
            agent.orphans.put(
                    new OrphanKey(orphan.getTaskId(), orphan.getAttempt()),
                    new Orphan(orphan.getResources(), orphan.getGpuDevices()));
        }
        return agent;
    }
}
