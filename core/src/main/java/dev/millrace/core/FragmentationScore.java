package dev.millrace.core;

import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedNeed;

/**
 * How much GPU that tasks could use a placement costs: the rule of the policy FRAGMENTATION. What a task does not take and no other task can
 * take is lost too, as Weng et al. say ("Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent",
 * USENIX ATC 2023), who reckon it for each shape of a workload. This rule, which is Millrace's own, keeps no shapes. It values what is free
 * on an agent by two sums:
 *
 * <ul>
 *   <li><em>fit</em>: the free part x of each device counts as x times the share of the tasks that need at most x of one device;
 *   <li><em>carry</em>: all free parts together count as far as the agent's free cores and memory suffice for them at the tasks' mean of
 *       cores and memory per GPU.
 * </ul>
 *
 * What the value is less by after a placement is its score; the least is best. Values are in thousandths of a GPU, times 65536. Immutable.
 */
final class FragmentationScore {
    private static final int DEVICE = Devices.DEVICE_MILLIS;
    private static final int SHIFT = 16;

    /** What a device is worth of which so much is free. */
    private final long[] worth = new long[DEVICE + 1];
    /** What tasks need of cores per GPU; 0 = none. */
    private final long cpuPerGpu;
    /** What they need of memory per GPU; 0 = none. */
    private final long memPerGpu;

    FragmentationScore(SavedMix mix) {
        long tasks = 0;
        for (SavedNeed need : mix.getNeeds()) {
            tasks += need.getTasks();
        }
        long fitting = 0;
        int next = 0;
        for (int free = 1; free <= DEVICE; free++) {
            while (next < mix.getNeeds().size() && mix.getNeeds().get(next).getGpuMillis() <= free) {
                fitting += mix.getNeeds().get(next).getTasks();
                next++;
            }
            worth[free] = tasks > 0 ? (fitting << SHIFT) / tasks * free : worthToNobody(free);
        }
        long gpus = Math.max(1, mix.getGpuMillis() / DEVICE);
        cpuPerGpu = mix.getCpuMillis() / gpus;
        memPerGpu = mix.getMemMib() / gpus;
    }

    /** While no task needs any GPU, only whole devices are worth something, so that those in use are filled up first. */
    private static long worthToNobody(int free) {
        return free == DEVICE ? (long) DEVICE << SHIFT : 0;
    }

    /**
     * What is lost if the task is placed where it has room. The lowest bit sends tasks that need no GPU to agents without GPUs, where nothing
     * is lost either way. Not negative, and less than 2 to the power of 40 on an agent with no more devices than the contract allows.
     */
    long lost(Room room, Amount need) {
        Devices devices = room.devices();
        Amount free = room.amount();
        long lost = 0;
        long takenMillis = need.gpuMillis;
        if (need.gpuMillis >= DEVICE) {
            long whole = Devices.wholeDevices(need.gpuMillis);
            lost = whole * worth[DEVICE];
            takenMillis = whole * DEVICE;
        } else if (need.gpuMillis > 0) {
            int device = choose(devices, (int) need.gpuMillis);
            lost = device < 0 ? 0 : lostOn(devices.freeMillis(device), (int) need.gpuMillis);
        }
        long freeMillis = devices.freeMillis();
        lost += (carry(free.cpuMillis, free.memMib, freeMillis)
                        - carry(free.cpuMillis - need.cpuMillis, free.memMib - need.memMib, freeMillis - takenMillis))
                << SHIFT;
        return lost << 1 | (need.gpuMillis == 0 && devices.count() > 0 ? 1 : 0);
    }

    /** The device for a part of one: where least is lost, then the one with the least that is enough, then the first; -1 = none has so much. */
    int choose(Devices devices, int gpuMillis) {
        int best = -1;
        long bestLost = 0;
        for (int i = 0; i < devices.count(); i++) {
            int freeMillis = devices.freeMillis(i);
            if (freeMillis < gpuMillis) {
                continue;
            }
            long lost = lostOn(freeMillis, gpuMillis);
            if (best < 0 || lost < bestLost || (lost == bestLost && freeMillis < devices.freeMillis(best))) {
                best = i;
                bestLost = lost;
            }
        }
        return best;
    }

    private long lostOn(int freeMillis, int gpuMillis) {
        return worth[freeMillis] - worth[freeMillis - gpuMillis];
    }

    /** The free GPU that so much of cores and memory suffices for. */
    private long carry(long cpuMillis, long memMib, long gpuMillis) {
        long carried = gpuMillis;
        if (cpuPerGpu > 0) {
            carried = Math.min(carried, Math.max(0, cpuMillis) * DEVICE / cpuPerGpu);
        }
        if (memPerGpu > 0) {
            carried = Math.min(carried, Math.max(0, memMib) * DEVICE / memPerGpu);
        }
        return carried;
    }
}
