package dev.millrace.streams.replay;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.MemoryCluster;
import java.util.List;
import java.util.Random;

/** Runs of a cluster in memory that have a journal to replay. */
final class RecordedRuns {
    static final int PARTITIONS = 2;

    private RecordedRuns() {}

    /** Tasks that are run, mixed with restarts, rewinding, poison, records that lie on the wrong partition, and garbage. */
    static MemoryCluster eventful(long seed) {
        MemoryCluster cluster = new MemoryCluster(PARTITIONS, seed);
        Random random = new Random(seed);
        int launchesAnswered = 0;
        for (int i = 0; i < 400; i++) {
            String pool = Records.poolIn(random.nextInt(PARTITIONS), PARTITIONS);
            something(cluster, random.nextInt(10), pool, "t" + i);
            cluster.run();
            List<LaunchTask> launches = cluster.sent(LaunchTask.class);
            for (; launchesAnswered < launches.size(); launchesAnswered++) {
                cluster.send(Records.report(launches.get(launchesAnswered), 1, TaskState.TASK_RUNNING));
                cluster.send(Records.report(launches.get(launchesAnswered), 2, TaskState.TASK_FINISHED));
            }
            int partition = random.nextInt(PARTITIONS);
            switch (random.nextInt(60)) {
                case 0 -> cluster.restart(partition);
                case 1 -> cluster.rewind(partition);
                case 2 ->
                    cluster.poison(
                            cluster.send(Records.request(pool, "poison" + i).build()));
                case 3 ->
                    cluster.send(
                            random.nextInt(PARTITIONS),
                            Records.request(pool, "anywhere" + i).build());
                case 4 -> cluster.send(Topic.values()[random.nextInt(5)], partition, new byte[random.nextInt(100)]);
                default -> {}
            }
        }
        cluster.run();
        return cluster;
    }

    private static void something(MemoryCluster cluster, int kind, String pool, String task) {
        switch (kind) {
            case 0 -> cluster.send(Records.registered(pool, "a", task.hashCode()));
            case 1 -> cluster.send(Records.kill(pool, task));
            case 2, 3, 4 -> cluster.tick(250);
            default -> cluster.send(Records.request(pool, task).build());
        }
    }
}
