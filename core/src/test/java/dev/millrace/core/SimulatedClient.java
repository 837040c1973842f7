package dev.millrace.core;

import dev.millrace.contract.Gang;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import java.util.Random;

/** The programs that submit tasks to a pool and kill them. One that is not sure of an answer asks again. */
final class SimulatedClient {
    private static final int AGAIN_WITHIN_MS = 20_000;

    private final SimulatedPool world;
    private final Random random;
    private final RandomRequests draw;
    private int nextTask;
    private long submissions;

    SimulatedClient(SimulatedPool world) {
        this.world = world;
        this.random = world.random();
        this.draw = new RandomRequests(world.name(), random);
    }

    void start() {
        world.after(random.nextInt(1_000), this::submit);
        world.after(random.nextInt(10_000), this::killSome);
    }

    /** Wants no more of what runs for ever, nor of most of the rest, so that it is over soon. */
    void killMost() {
        for (int i = 0; i < nextTask; i++) {
            TaskStatus last = world.books().last("t" + i);
            boolean over = last != null && last.getTaskEnded();
            if (SimulatedPool.runsForEver("t" + i) || (!over && random.nextInt(4) != 0)) {
                kill("t" + i);
            }
        }
    }

    private void kill(String taskId) {
        world.publish(
                Topic.TASK_REQUESTS,
                KillRequest.newBuilder().setPool(world.name()).setTaskId(taskId).build());
    }

    private void submit() {
        if (world.isQuiet()) {
            return;
        }
        if (random.nextInt(8) == 0) {
            submitGang();
        }
        int tasks = random.nextInt(20) == 0 ? 60 : 1 + random.nextInt(3);
        for (int i = 0; i < tasks; i++) {
            boolean idIsTaken = nextTask > 0 && random.nextInt(30) == 0;
            submit(draw.request("t" + (idIsTaken ? random.nextInt(nextTask) : nextTask++), world.brokerMs()));
        }
        world.after(random.nextInt(6_000), this::submit);
    }

    /** A few tasks that are placed together or not at all; now and then one of them is missing. */
    private void submitGang() {
        int size = 2 + random.nextInt(4);
        String role = draw.role();
        Gang gang = new Gang("g" + nextTask, size, 20_000L + random.nextInt(120_000));
        int sent = random.nextInt(8) == 0 ? size - 1 : size;
        for (int i = 0; i < sent; i++) {
            submit(draw.request("t" + nextTask++, world.brokerMs())
                    .setGang(gang)
                    .setRole(role)
                    .setNotBefore(null)
                    .setPriority(50));
        }
    }

    private void submit(TaskRequest.Builder asked) {
        TaskRequest request = asked.setSubmissionId("s" + submissions++).build();
        send(request);
        if (random.nextInt(40) == 0) {
            world.after(random.nextInt(AGAIN_WITHIN_MS), () -> send(request));
        }
    }

    private void send(TaskRequest request) {
        if (!world.isQuiet()) {
            world.books().asked(request.getTaskId());
            world.publish(Topic.TASK_REQUESTS, request);
        }
    }

    private void killSome() {
        if (world.isQuiet()) {
            return;
        }
        if (nextTask > 0) {
            // A recent one is more likely to be alive.
            int back = random.nextInt(random.nextBoolean() ? Math.min(nextTask, 20) : nextTask);
            kill("t" + (nextTask - 1 - back));
        }
        world.after(random.nextInt(12_000), this::killSome);
    }
}
