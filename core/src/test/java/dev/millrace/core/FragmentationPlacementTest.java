package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedNeed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The policy FRAGMENTATION through whole steps; the harness rebuilds a shard from the stored records before each. */
class FragmentationPlacementTest {
    private final Harness shard = new Harness();

    @Test
    void leavesTheDeviceFreeThatTheOtherTasksNeed() {
        place(PlacementPolicy.FRAGMENTATION);
        shard.on(agent("a", 8_000, 2_000));
        // Most tasks need 700; what is left of a device beside 300 is for one of them.
        for (int i = 0; i < 6; i++) {
            shard.on(task("large-" + i, 100, 700));
        }

        assertThat(shard.last("large-1").getState()).isEqualTo(TaskState.TASK_STAGING);
        assertThat(devices("large-0")).isNotEqualTo(devices("large-1"));
    }

    @Test
    void keepsTheCoresOfFreeDevicesForTasksThatNeedThem() {
        place(PlacementPolicy.FRAGMENTATION);
        // The first has a device to 4 cores, the second to 32: two cores of the second are of no use to any device.
        shard.on(agent("a", 4_000, 1_000));
        shard.on(agent("b", 32_000, 1_000));
        shard.on(task("wide", 4_000, 1_000));
        shard.on(task("cores", 2_000, 0));

        assertThat(shard.last("wide").getAgentId()).isEqualTo("a");
        assertThat(shard.last("cores").getAgentId()).isEqualTo("b");
    }

    @Test
    void storesTheMixWhileThePolicyGoesByIt() {
        shard.on(task("first", 1_000, 500));
        assertThat(shard.stored().size(Store.MIX)).isZero();

        place(PlacementPolicy.FRAGMENTATION);
        assertThat(mix().getNeeds()).containsExactly(new SavedNeed(500, 1L));

        shard.on(task("second", 3_000, 2_000));
        shard.on(task("third", 1_000, 0));
        assertThat(mix())
                .isEqualTo(new SavedMix(
                        Requests.POOL,
                        3L,
                        4_000L,
                        128L,
                        2_500L,
                        List.of(new SavedNeed(500, 1L), new SavedNeed(1_000, 1L))));

        place(PlacementPolicy.BINPACK);
        assertThat(shard.stored().size(Store.MIX)).isZero();
    }

    @Test
    void takesTheMixAnewWhenTheTasksAreAnEighthMoreOrLess() {
        place(PlacementPolicy.FRAGMENTATION);
        for (int i = 0; i < 16; i++) {
            shard.on(task("t" + i, 1_000, 500));
        }
        assertThat(mix().getTasks()).isEqualTo(16);

        shard.on(task("t16", 1_000, 500));
        assertThat(mix().getTasks()).isEqualTo(16);
        shard.on(task("t17", 1_000, 500));
        assertThat(mix().getTasks()).isEqualTo(18);

        shard.on(kill("t0"));
        assertThat(mix().getTasks()).isEqualTo(18);
        shard.on(kill("t1"));
        assertThat(mix().getTasks()).isEqualTo(16);
        for (int i = 2; i < 18; i++) {
            shard.on(kill("t" + i));
        }
        assertThat(mix().getNeeds()).isEmpty();
    }

    private void place(PlacementPolicy policy) {
        shard.on(ConfigurePool.newBuilder()
                .setPool(Requests.POOL)
                .setPlacement(policy)
                .build());
    }

    private SavedMix mix() {
        return (SavedMix) shard.stored().get(Store.MIX, Requests.POOL);
    }

    private List<Integer> devices(String taskId) {
        return shard.launches().stream()
                .filter(launch -> launch.getRequest().getTaskId().equals(taskId))
                .findFirst()
                .orElseThrow()
                .getGpuDevices();
    }

    private static KillRequest kill(String id) {
        return new KillRequest(Requests.POOL, id, null, "", "");
    }

    private static AgentRegistered agent(String id, long cpuMillis, long gpuMillis) {
        return Requests.agent(id, 1)
                .setResources(resources(cpuMillis, 65_536, gpuMillis))
                .build();
    }

    private static TaskRequest task(String id, long cpuMillis, long gpuMillis) {
        return Requests.task(id)
                .setResources(resources(cpuMillis, 64, gpuMillis))
                .build();
    }

    private static Resources resources(long cpuMillis, long memMib, long gpuMillis) {
        return Resources.newBuilder()
                .setCpuMillis(cpuMillis)
                .setMemMib(memMib)
                .setGpuMillis(gpuMillis)
                .build();
    }
}
