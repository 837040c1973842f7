package dev.millrace.bench.core;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.TaskRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Measures how full the GPUs of a cluster get, by the experiment of Weng et al., "Beware of Fragmentation" (USENIX ATC 2023): tasks are drawn
 * from a list with replacement until they ask for more GPU than there is, shuffled, and submitted one after the other; none ends. What does
 * not fit is passed over, as it stays queued and nothing gets free. All decisions are those of the scheduler's core.
 */
public final class PackingBench {
    /** The attribute that tells an agent's model of GPU. */
    private static final String MODEL = "gpu_model";

    private final PackingLists lists;
    private final PlacementPolicy policy;
    private final long demandGpuMillis;

    /** One that draws tasks until they ask for {@code ratio} times the GPU that there is. */
    public PackingBench(PackingLists lists, PlacementPolicy policy, double ratio) {
        this.lists = lists;
        this.policy = policy;
        this.demandGpuMillis = Math.round(lists.gpuMillis() * ratio);
    }

    /** Fills the cluster once with the tasks that follow from the seed. */
    public PackingRun run(long seed) {
        LoneShard shard = new LoneShard();
        shard.on(ConfigurePool.newBuilder()
                .setPool(LoneShard.POOL)
                .setPlacement(policy)
                .setPreemption(false)
                .build());
        for (int i = 0; i < lists.nodes().size(); i++) {
            shard.on(registration(lists.nodes().get(i), i));
        }
        long allocatedGpuMillis = 0;
        int placed = 0;
        List<PackingLists.Task> tasks = draw(new Random(seed));
        for (int i = 0; i < tasks.size(); i++) {
            shard.step(request(tasks.get(i), i));
            for (LaunchTask launch : shard.launched()) {
                allocatedGpuMillis += launch.getRequest().getResources().getGpuMillis();
                placed++;
            }
        }
        return new PackingRun(seed, lists.gpuMillis(), allocatedGpuMillis, placed, tasks.size() - placed);
    }

    private List<PackingLists.Task> draw(Random random) {
        List<PackingLists.Task> tasks = new ArrayList<>();
        long askedGpuMillis = 0;
        while (askedGpuMillis < demandGpuMillis) {
            PackingLists.Task task =
                    lists.tasks().get(random.nextInt(lists.tasks().size()));
            askedGpuMillis += task.resources().getGpuMillis();
            tasks.add(task);
        }
        Collections.shuffle(tasks, random);
        return tasks;
    }

    private static AgentRegistered registration(PackingLists.Node node, int number) {
        return AgentRegistered.newBuilder()
                .setPool(LoneShard.POOL)
                .setAgentId(String.format("node-%05d", number))
                .setIncarnation(1)
                .setWorkDirId("bench")
                .setHostname(node.name())
                .setLaunchPartition(0)
                .setResources(node.resources())
                .setAttributes(node.model().isEmpty() ? List.of() : List.of(new KeyValue(MODEL, node.model())))
                .setSentAt(Instant.EPOCH)
                .build();
    }

    private static TaskRequest request(PackingLists.Task task, int number) {
        return TaskRequest.newBuilder()
                .setPool(LoneShard.POOL)
                .setTaskId("task-" + number)
                .setShell("true")
                .setResources(task.resources())
                .setConstraints(
                        task.models().isEmpty()
                                ? List.of()
                                : List.of(new Constraint(MODEL, ConstraintOperator.IN, task.models())))
                .build();
    }
}
