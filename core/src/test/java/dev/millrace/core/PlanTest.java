package dev.millrace.core;

import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.constraint;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A plan says what then happens. The number of states comes from {@code millrace.plan.states}, the first seed from {@code millrace.seed}. */
class PlanTest {
    private static final int STATES = Integer.getInteger("millrace.plan.states", 60);
    private static final long SEED = Long.getLong("millrace.seed", 1);
    private static final List<String> ROLES = List.of("default", "eng", "eng/search", "ops");

    @Test
    void whatIsPlannedIsWhatHappens() {
        int placed = 0;
        int waiting = 0;
        int preempting = 0;
        for (long seed = SEED; seed < SEED + STATES; seed++) {
            Random random = new Random(seed);
            Harness harness = someState(random);
            List<TaskRequest> job = job(random);
            List<PlannedTask> plan = harness.stored().restore(0, 4).plan(job);
            harness.forgetMessages();

            job.forEach(harness::on);

            for (PlannedTask planned : plan) {
                placed += planned.state() == TaskState.TASK_STAGING ? 1 : 0;
                waiting += planned.state() == TaskState.TASK_QUEUED ? 1 : 0;
                preempting += planned.preempts().isEmpty() ? 0 : 1;
                assertThat(asItCame(harness, planned.taskId()))
                        .as("task %s of seed %d", planned.taskId(), seed)
                        .isEqualTo(new Outcome(
                                planned.state(),
                                planned.state() == TaskState.TASK_STAGING ? planned.agentId() : null,
                                planned.preempts()));
            }
        }
        assertThat(List.of(placed, waiting, preempting)).allMatch(seen -> seen > 0);
    }

    private record Outcome(TaskState state, String agentId, List<String> preempts) {}

    private static Outcome asItCame(Harness harness, String taskId) {
        TaskStatus last = harness.last(taskId);
        List<String> preempts = harness.sent(TaskStatus.class).stream()
                .filter(status -> status.getState() == TaskState.TASK_KILLING
                        && status.getMessage().contains("to task " + taskId + " of"))
                .map(TaskStatus::getTaskId)
                .sorted()
                .toList();
        if (last == null) {
            return new Outcome(TaskState.TASK_ERROR, null, preempts);
        }
        boolean placed = last.getState() == TaskState.TASK_STAGING;
        return new Outcome(last.getState(), placed ? last.getAgentId() : null, preempts);
    }

    private static Harness someState(Random random) {
        Harness harness = new Harness(random.nextBoolean() ? Budget.PER_STEP : 3);
        harness.on(ConfigurePool.newBuilder()
                .setPool(Requests.POOL)
                .setPlacement(random.nextBoolean() ? PlacementPolicy.BINPACK : PlacementPolicy.SPREAD)
                .setReclaimDelayMs(0L)
                .setHoldAfterMs(1_000L)
                .build());
        int agents = 1 + random.nextInt(5);
        for (int i = 0; i < agents; i++) {
            harness.on(agent("a" + i, 1)
                    .setResources(resources(2_000 + 1_000L * random.nextInt(6), 4_096))
                    .setAttributes(List.of(new KeyValue("rack", "r" + i % 2)))
                    .build());
        }
        for (int i = 0; i < 30; i++) {
            switch (random.nextInt(6)) {
                case 0 -> harness.on(role(random));
                case 1 -> end(harness, random);
                case 2 -> harness.tick();
                default -> harness.on(request(random, "old" + i));
            }
        }
        return harness;
    }

    private static void end(Harness harness, Random random) {
        List<String> placed = new ArrayList<>();
        for (TaskStatus status : harness.sent(TaskStatus.class)) {
            if (status.equals(harness.last(status.getTaskId())) && status.getState() == TaskState.TASK_STAGING) {
                placed.add(status.getTaskId());
            }
        }
        if (!placed.isEmpty()) {
            TaskStatus status = harness.last(placed.get(random.nextInt(placed.size())));
            harness.on(report(
                            status.getAgentId(),
                            status.getTaskId(),
                            status.getAttempt(),
                            1,
                            random.nextBoolean() ? TaskState.TASK_FINISHED : TaskState.TASK_RUNNING)
                    .build());
        }
    }

    private static List<TaskRequest> job(Random random) {
        List<TaskRequest> job = new ArrayList<>();
        boolean gang = random.nextInt(3) == 0;
        int size = 1 + random.nextInt(6);
        TaskRequest like = request(random, "like");
        for (int i = 0; i < size; i++) {
            job.add(TaskRequest.newBuilder(gang ? like : request(random, "like"))
                    .setTaskId("new" + i)
                    .setGang(gang ? new Gang("g", size, 60_000L) : null)
                    .build());
        }
        return job;
    }

    private static TaskRequest request(Random random, String id) {
        TaskRequest.Builder request = task(id).setRole(ROLES.get(random.nextInt(ROLES.size())))
                .setPriority(10 * random.nextInt(11))
                .setResources(resources(500L * (1 + random.nextInt(6)), 256));
        if (random.nextInt(4) == 0) {
            request.setConstraints(List.of(constraint("rack", ConstraintOperator.EQUALS, "r1")));
        }
        return request.build();
    }

    private static SetRole role(Random random) {
        long cpuMillis = 1_000L * (1 + random.nextInt(6));
        return SetRole.newBuilder()
                .setPool(Requests.POOL)
                .setRole(ROLES.get(random.nextInt(ROLES.size())))
                .setWeightMilli(500 + random.nextInt(3_000))
                .setGuarantee(random.nextBoolean() ? quota(cpuMillis) : null)
                .setLimit(random.nextInt(3) == 0 ? quota(cpuMillis + 4_000) : null)
                .build();
    }

    private static Quota quota(long cpuMillis) {
        return Quota.newBuilder().setCpuMillis(cpuMillis).build();
    }
}
