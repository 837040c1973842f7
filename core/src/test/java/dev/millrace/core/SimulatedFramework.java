package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;

/**
 * A framework as the protocol wants it, in virtual time: one process of it at a time, which forgets everything when it is killed, with what was on
 * its way to it. It launches something in most offers, declines some and lets some lie.
 */
final class SimulatedFramework {
    private static final long SUBSCRIBE_AGAIN_MS = 4_000;

    private final SimulatedPool world;
    private final String id;
    private final TreeMap<String, Offer> offers = new TreeMap<>();
    private final TreeSet<String> answered = new TreeSet<>();
    private final TreeSet<String> rescinded = new TreeSet<>();
    private List<FrameworkRole> roles = List.of();
    private boolean up;
    private boolean stopped;
    private boolean subscribed;
    private long incarnation;
    private int launched;
    private int life;
    private int lostLife;

    SimulatedFramework(SimulatedPool world, String id) {
        this.world = world;
        this.id = id;
    }

    String id() {
        return id;
    }

    /** Counts its processes. */
    int life() {
        return life;
    }

    /** Whether what a process of it sent, and is not in the log yet, has died with it. */
    boolean hasLostWhatWasSentIn(int ofLife) {
        return ofLife <= lostLife;
    }

    /** A process begins, in place of the one that there may be. */
    void start() {
        if (stopped) {
            return;
        }
        if (up) {
            lingerOn();
        }
        forget();
        up = true;
        life++;
        incarnation = random().nextLong();
        roles = wishes();
        subscribe(incarnation);
    }

    /** The process is killed: it says nothing more, hears nothing of what is on its way, and what it said may not have got out. */
    void crash() {
        if (up && random().nextBoolean()) {
            lostLife = life;
        }
        end();
    }

    private void end() {
        up = false;
        forget();
    }

    /** A process that does not know that another one has followed it goes on for a moment. */
    private void lingerOn() {
        long ofIncarnation = incarnation;
        List<String> ids = List.copyOf(offers.keySet());
        world.after(random().nextInt(20_000), () -> {
            say(new ReviveOffers(world.name(), id, ofIncarnation, List.of(), null));
            if (!ids.isEmpty()) {
                say(new DeclineOffers(world.name(), id, ofIncarnation, ids, 5_000L));
            }
        });
    }

    void leave() {
        if (up && subscribed) {
            say(new FrameworkLeaving(world.name(), id, incarnation));
            end();
        }
    }

    void tearDown() {
        if (up && subscribed) {
            say(new Teardown(world.name(), id, incarnation));
            end();
        }
    }

    /** It does not start again. */
    void stop() {
        stopped = true;
        end();
    }

    void take(SpecificRecord event) {
        if (!up) {
            return;
        }
        if (event instanceof Subscribed answer && answer.getIncarnation() == incarnation && !subscribed) {
            subscribed = true;
            say(new ReconcileTasks(world.name(), id, incarnation, "r", List.of()));
            beat(incarnation, answer.getHeartbeatIntervalMs());
            world.after(random().nextInt(10_000), () -> call(answer.getIncarnation()));
        } else if (event instanceof OffersMade made && made.getIncarnation() == incarnation) {
            made.getOffers().forEach(this::consider);
        } else if (event instanceof OffersRescinded back) {
            offers.keySet().removeAll(back.getOfferIds());
            rescinded.addAll(back.getOfferIds());
        } else if (event instanceof FrameworkError error && error.getIncarnation() == incarnation && error.getFatal()) {
            crash();
            world.after(5_000 + random().nextInt(20_000), this::start);
        }
    }

    private Random random() {
        return world.random();
    }

    private void say(SpecificRecord call) {
        world.toScheduler(this, call);
    }

    private void forget() {
        offers.clear();
        answered.clear();
        rescinded.clear();
        subscribed = false;
    }

    private void subscribe(long ofIncarnation) {
        if (!up || subscribed || incarnation != ofIncarnation) {
            return;
        }
        say(Subscribe.newBuilder()
                .setPool(world.name())
                .setFrameworkId(id)
                .setIncarnation(incarnation)
                .setRoles(roles)
                .setFailoverTimeoutMs(10_000L + random().nextInt(120_000))
                .build());
        world.after(SUBSCRIBE_AGAIN_MS, () -> subscribe(ofIncarnation));
    }

    private void beat(long ofIncarnation, long intervalMs) {
        if (up && incarnation == ofIncarnation) {
            say(new FrameworkHeartbeat(world.name(), id, incarnation));
            world.after(intervalMs, () -> beat(ofIncarnation, intervalMs));
        }
    }

    private List<FrameworkRole> wishes() {
        List<FrameworkRole> wishes = new ArrayList<>();
        for (String role : SimulatedPool.ROLES.stream().sorted().toList()) {
            if (random().nextInt(SimulatedPool.ROLES.size()) < 2
                    || (wishes.isEmpty() && role.equals("eng/search/index"))) {
                FrameworkRole.Builder wish = FrameworkRole.newBuilder().setRole(role);
                if (random().nextBoolean()) {
                    wish.setUnit(Requests.resources(500, 256))
                            .setUnitPorts(random().nextInt(2))
                            .setUnitsWanted(random().nextInt(12));
                }
                wishes.add(wish.build());
            }
        }
        return wishes;
    }

    private void consider(Offer offer) {
        assertThat(rescinded).as("offers that were taken back").doesNotContain(offer.getOfferId());
        // One that it has answered is told once more if the answer was not taken yet.
        if (answered.contains(offer.getOfferId()) || offers.put(offer.getOfferId(), offer) != null) {
            return;
        }
        long ofIncarnation = incarnation;
        // One in some lies until it is taken back.
        if (random().nextInt(8) != 0) {
            world.after(random().nextInt(3_000), () -> {
                if (up && incarnation == ofIncarnation && offers.remove(offer.getOfferId()) != null) {
                    answer(offer);
                }
            });
        }
    }

    private void answer(Offer offer) {
        answered.add(offer.getOfferId());
        List<String> ids = List.of(offer.getOfferId());
        long refuseMs = random().nextInt(20_000);
        if (random().nextInt(3) == 0) {
            say(new DeclineOffers(world.name(), id, incarnation, ids, refuseMs));
            return;
        }
        ExecutorSpec executor = random().nextInt(3) == 0
                ? ExecutorSpec.newBuilder()
                        .setExecutorId("e" + random().nextInt(2))
                        .setShell("serve")
                        .setResources(Requests.resources(100, 32))
                        .build()
                : null;
        List<TaskRequest> tasks = new ArrayList<>();
        int count = 1 + random().nextInt(3);
        for (int i = 0; i < count; i++) {
            tasks.add(task(offer, executor));
        }
        OperationType type =
                executor != null && random().nextBoolean() ? OperationType.LAUNCH_GROUP : OperationType.LAUNCH;
        AcceptOffers accept = new AcceptOffers(
                world.name(), id, incarnation, ids, List.of(new OfferOperation(type, "", tasks, null)), refuseMs);
        say(accept);
        if (random().nextInt(20) == 0) {
            // A client that is not sure says it again.
            say(accept);
        }
    }

    private TaskRequest task(Offer offer, ExecutorSpec executor) {
        TaskRequest.Builder task = Requests.task(id + "-" + incarnation + "-" + launched++)
                .setPool(world.name())
                .setRole(offer.getRole())
                .setPriority(10 * random().nextInt(5))
                .setResources(Requests.resources(250L * (1 + random().nextInt(4)), 128L * (1 + random().nextInt(3))))
                .setPortCount(random().nextInt(4) == 0 ? 1 : 0)
                .setUnreachablePolicy(new UnreachablePolicy(
                        random().nextInt(4) == 0 ? UnreachableAction.WAIT : UnreachableAction.REPLACE,
                        1_000L * random().nextInt(60)));
        if (executor != null) {
            task.setShell(null).setExecutor(executor);
        }
        return task.build();
    }

    /** Says something now and then that is no answer to an offer. */
    private void call(long ofIncarnation) {
        if (!up || incarnation != ofIncarnation) {
            return;
        }
        switch (random().nextInt(6)) {
            case 0 -> say(new SuppressOffers(world.name(), id, incarnation, List.of()));
            case 1, 2 -> say(new ReviveOffers(world.name(), id, incarnation, List.of(), null));
            case 3 ->
                say(new KillFrameworkTask(
                        world.name(),
                        id,
                        incarnation,
                        id + "-" + incarnation + "-" + Math.max(0, launched - 1 - random().nextInt(10)),
                        null));
            case 4 ->
                say(new ShutdownExecutor(world.name(), id, incarnation, world.anyAgent(), "e" + random().nextInt(2)));
            default -> say(new ReconcileTasks(world.name(), id, incarnation, "again", List.of()));
        }
        world.after(random().nextInt(15_000), () -> call(ofIncarnation));
    }
}
