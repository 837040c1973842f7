package dev.millrace.schemas;

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
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** The rules of what operators say. Whether a command makes sense in the state that a pool is in is not asked here. */
final class OperatorRules {
    private static final int MAX_LABELS = 64;

    private OperatorRules() {}

    /** Checks a record of the topic operator-cmds; any other is left alone. */
    static void check(Faults faults, SpecificRecord record) {
        if (record instanceof ConfigurePool configure) {
            check(faults, configure);
        } else if (record instanceof RemoveAgent remove) {
            sender(faults, remove.getPrincipal(), remove.getCommandId());
            faults.text("message", remove.getMessage(), 0, 1_024);
        } else if (record instanceof SetRole set) {
            check(faults, set);
        } else if (record instanceof RemoveRole remove) {
            IdRules.role(faults, "role", remove.getRole());
            sender(faults, remove.getPrincipal(), remove.getCommandId());
        } else if (record instanceof Reserve reserve) {
            some(faults, "reservation", reserve.getReservation());
            sender(faults, reserve.getPrincipal(), reserve.getCommandId());
        } else if (record instanceof Unreserve unreserve) {
            some(faults, "reservation", unreserve.getReservation());
            sender(faults, unreserve.getPrincipal(), unreserve.getCommandId());
        } else if (record instanceof TeardownFramework teardown) {
            sender(faults, teardown.getPrincipal(), teardown.getCommandId());
            faults.text("message", teardown.getMessage(), 0, 1_024);
        }
    }

    /** The rules of a reservation, whoever makes it. */
    static void reservation(Faults faults, String field, Reservation reservation) {
        IdRules.role(faults, field + ".role", reservation.getRole());
        ResourceRules.check(faults, field + ".resources", reservation.getResources());
        if (!reservation.getResources().getPorts().isEmpty()) {
            faults.add(field + ".resources name ports: ports can't be reserved");
        }
        ResourceRules.wholeDevices(
                faults, field + ".resources", reservation.getResources().getGpuMillis());
        faults.size(field + ".labels", reservation.getLabels(), MAX_LABELS);
        TaskRequestRules.keyValues(
                faults, field + ".labels", reservation.getLabels(), AgentRules.MAX_ATTRIBUTE_CHARACTERS);
    }

    /** The rules of a reservation of something. */
    static void some(Faults faults, String field, Reservation reservation) {
        reservation(faults, field, reservation);
        if (ResourceRules.isNothing(reservation.getResources())) {
            faults.add(field + ".resources are nothing: something must be more than 0");
        }
    }

    private static void check(Faults faults, ConfigurePool configure) {
        Long heartbeat = configure.getHeartbeatIntervalMs();
        Long lease = configure.getLeaseMs();
        Long unreachable = configure.getUnreachableTimeoutMs();
        faults.range("heartbeatIntervalMs", heartbeat, 100, 600_000);
        faults.range("leaseMs", lease, 200, TaskRequestRules.DAY_MS);
        if (heartbeat != null && lease != null && lease < 2 * Math.min(heartbeat, TaskRequestRules.YEAR_MS)) {
            faults.add("leaseMs", lease, "must be at least two heartbeat intervals of " + heartbeat);
        }
        faults.range("unreachableTimeoutMs", unreachable, 250, TaskRequestRules.YEAR_MS);
        if (lease != null
                && unreachable != null
                && 4 * Math.min(unreachable, TaskRequestRules.YEAR_MS) < 5 * Math.min(lease, TaskRequestRules.DAY_MS)) {
            faults.add("unreachableTimeoutMs", unreachable, "must be at least 1.25 times the lease of " + lease);
        }
        faults.range("endedHorizonMs", configure.getEndedHorizonMs(), 1_000, TaskRequestRules.YEAR_MS);
        faults.range("endedHorizonTasks", configure.getEndedHorizonTasks(), 0, 10_000_000);
        faults.range("maxTasksPerAgent", configure.getMaxTasksPerAgent(), 1, 1_000);
        if (configure.getPlacement() == PlacementPolicy.PLACEMENT_UNKNOWN) {
            faults.add("placement", configure.getPlacement(), "must be BINPACK, SPREAD or FRAGMENTATION");
        }
        faults.range("preemptionGap", configure.getPreemptionGap(), 1, 100);
        faults.range("reclaimDelayMs", configure.getReclaimDelayMs(), 0, TaskRequestRules.DAY_MS);
        faults.range("holdAfterMs", configure.getHoldAfterMs(), 0, TaskRequestRules.DAY_MS);
        faults.range("gangHoldMs", configure.getGangHoldMs(), 0, TaskRequestRules.DAY_MS);
        faults.range("offerTimeoutMs", configure.getOfferTimeoutMs(), 1_000, TaskRequestRules.DAY_MS);
        faults.range("minOfferCpuMillis", configure.getMinOfferCpuMillis(), 0, ResourceRules.MAX_AMOUNT);
        faults.range("minOfferMemMib", configure.getMinOfferMemMib(), 0, ResourceRules.MAX_AMOUNT);
        faults.range("frameworkCallsPerSecond", configure.getFrameworkCallsPerSecond(), 1, 1_000_000);
        faults.range("agentLossesPerMinute", configure.getAgentLossesPerMinute(), 0, 1_000_000);
        sender(faults, configure.getPrincipal(), configure.getCommandId());
    }

    private static void check(Faults faults, SetRole set) {
        IdRules.role(faults, "role", set.getRole());
        faults.range("weightMilli", set.getWeightMilli(), 1, 1_000_000_000);
        quota(faults, "guarantee", set.getGuarantee());
        quota(faults, "limit", set.getLimit());
        faults.range("maxQueued", set.getMaxQueued(), -1, 1_000_000_000);
        faults.range("maxRequestsPerSecond", set.getMaxRequestsPerSecond(), -1, 1_000_000_000);
        if (set.getMaxRequestsPerSecond() != null && set.getMaxRequestsPerSecond() == 0) {
            faults.add("maxRequestsPerSecond", 0, "must be at least 1, or -1 for no bound");
        }
        sender(faults, set.getPrincipal(), set.getCommandId());
    }

    private static void quota(Faults faults, String field, @Nullable Quota quota) {
        if (quota == null) {
            return;
        }
        faults.range(field + ".cpuMillis", quota.getCpuMillis(), 0, ResourceRules.MAX_AMOUNT);
        faults.range(field + ".memMib", quota.getMemMib(), 0, ResourceRules.MAX_AMOUNT);
        faults.range(field + ".diskMib", quota.getDiskMib(), 0, ResourceRules.MAX_AMOUNT);
        faults.range(field + ".gpuMillis", quota.getGpuMillis(), 0, ResourceRules.MAX_AMOUNT);
        ResourceRules.scalars(faults, field + ".scalars", quota.getScalars());
    }

    private static void sender(Faults faults, String principal, String commandId) {
        faults.line("principal", principal, 0, 128);
        faults.line("commandId", commandId, 0, 64);
    }
}
