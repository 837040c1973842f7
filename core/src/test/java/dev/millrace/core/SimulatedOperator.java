package dev.millrace.core;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Unreserve;
import dev.millrace.schemas.Topic;
import java.util.List;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;

/** The people who run a pool: they set it and its roles, reserve parts of agents, and remove agents and frameworks. */
final class SimulatedOperator {
    private final SimulatedPool world;
    private final Random random;

    SimulatedOperator(SimulatedPool world) {
        this.world = world;
        this.random = world.random();
    }

    void start() {
        world.after(random.nextInt(30_000), this::command);
        world.after(random.nextInt(30_000), this::reserve);
    }

    static Reservation reservation(String role, long cpuMillis) {
        return new Reservation(role, Requests.resources(cpuMillis, cpuMillis / 8), List.of());
    }

    private void command() {
        if (world.isQuiet()) {
            return;
        }
        SpecificRecord command = switch (random.nextInt(30)) {
            case 0, 1 -> remove();
            case 2 -> new TeardownFramework(world.name(), world.anyFramework(), "", "", "");
            case 3, 4, 5, 6, 7, 8 -> configure();
            case 9, 10, 11, 12 ->
                RemoveRole.newBuilder().setPool(world.name()).setRole(role()).build();
            default -> setRole();
        };
        world.publish(Topic.OPERATOR_CMDS, command);
        world.after(random.nextInt(30_000), this::command);
    }

    private RemoveAgent remove() {
        return RemoveAgent.newBuilder()
                .setPool(world.name())
                .setAgentId(world.anyAgent())
                .build();
    }

    private ConfigurePool configure() {
        long heartbeatMs = 2_000L + random.nextInt(6_000);
        long leaseMs = heartbeatMs * (2 + random.nextInt(3));
        return ConfigurePool.newBuilder()
                .setPool(world.name())
                .setHeartbeatIntervalMs(heartbeatMs)
                .setLeaseMs(leaseMs)
                .setUnreachableTimeoutMs(leaseMs * 2 - random.nextInt((int) leaseMs / 2))
                .setAgentLossesPerMinute(random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0)
                .setMaxTasksPerAgent(3 + random.nextInt(10))
                .setPlacement(PlacementPolicy.values()[1 + random.nextInt(3)])
                .setPreemption(random.nextInt(4) != 0)
                .setPreemptionGap(10 + random.nextInt(20))
                .setReclaimDelayMs((long) random.nextInt(20_000))
                .setHoldAfterMs((long) random.nextInt(30_000))
                .setGangHoldMs(1_000L + random.nextInt(30_000))
                .setOfferTimeoutMs(2_000L + random.nextInt(60_000))
                .setMinOfferCpuMillis(10L + random.nextInt(1_000))
                .setFrameworkCallsPerSecond(2 + random.nextInt(50))
                .setAgentLossesPerMinute(random.nextInt(4))
                .setEndedHorizonMs(600_000L)
                .setEndedHorizonTasks(50 + random.nextInt(500))
                .build();
    }

    private SetRole setRole() {
        return SetRole.newBuilder()
                .setPool(world.name())
                .setRole(role())
                .setWeightMilli(random.nextBoolean() ? 1 + random.nextInt(5_000) : null)
                .setGuarantee(random.nextInt(3) == 0 ? quota(random.nextInt(8) * 1_000L) : null)
                // Room for the largest task, and for a gang of those, so that nothing waits for ever.
                .setLimit(random.nextInt(3) == 0 ? quota(10_000L + random.nextInt(8) * 1_000L) : null)
                .setMaxQueued(random.nextInt(5) == 0 ? random.nextInt(40) - 1 : null)
                .setMaxRequestsPerSecond(random.nextInt(8) == 0 ? 1 + random.nextInt(5) : null)
                .setForce(random.nextInt(4) == 0)
                .build();
    }

    private static Quota quota(long cpuMillis) {
        return Quota.newBuilder().setCpuMillis(cpuMillis).build();
    }

    private void reserve() {
        if (world.isQuiet()) {
            return;
        }
        Reservation reservation =
                reservation(SimulatedPool.ROLES.get(1 + random.nextInt(4)), 500L * (1 + random.nextInt(4)));
        SpecificRecord command = random.nextInt(3) == 0
                ? Reserve.newBuilder()
                        .setPool(world.name())
                        .setAgentId(world.anyAgent())
                        .setReservation(reservation)
                        .build()
                : Unreserve.newBuilder()
                        .setPool(world.name())
                        .setAgentId(world.anyAgent())
                        .setReservation(reservation)
                        .build();
        world.publish(Topic.OPERATOR_CMDS, command);
        world.after(random.nextInt(5_000), this::reserve);
    }

    private String role() {
        return SimulatedPool.ROLES.get(random.nextInt(SimulatedPool.ROLES.size()));
    }
}
