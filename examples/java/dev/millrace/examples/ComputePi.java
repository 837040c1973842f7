package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;

/**
 * Computes π: cuts a long sum into parts, has a {@link PiExecutor} on each agent that offers room add them up, and adds the results, which come with
 * the tasks' last statuses. The arguments are the cluster's bootstrap servers, the number of terms and the number of parts.
 */
public final class ComputePi implements Scheduler {
    private static final String EXECUTOR_ID = "pi";
    private static final Resources TASK =
            Resources.newBuilder().setCpuMillis(200).setMemMib(16).build();

    private final String id;
    private final long terms;
    private final long parts;
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    /** By task, for after a restart a status may come again. */
    private final TreeMap<String, Double> sums = new TreeMap<>();

    private ComputePi(String id, long terms, long parts) {
        this.id = id;
        this.terms = terms;
        this.parts = parts;
        LongStream.range(0, parts).forEach(waiting::add);
    }

    public static void main(String[] args) throws InterruptedException {
        System.out.println(run(args[0], Long.parseLong(args[1]), Long.parseLong(args[2])));
    }

    /** Empty = some part could not be added up. */
    static OptionalDouble run(String bootstrapServers, long terms, long parts) throws InterruptedException {
        var id = "pi-" + UUID.randomUUID();
        var scheduler = new ComputePi(id, terms, parts);
        var cluster = ClusterConfig.of(bootstrapServers);
        try (var driver = new SchedulerDriver(cluster, FrameworkInfo.of(id, "default"), scheduler)) {
            driver.run();
        }
        double pi = scheduler.sums.values().stream().mapToDouble(sum -> sum).sum();
        return scheduler.sums.size() == parts ? OptionalDouble.of(pi) : OptionalDouble.empty();
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
        for (Offer offer : offers) {
            List<TaskRequest> tasks = new ArrayList<>();
            long room = room(offer);
            while (tasks.size() < room && !waiting.isEmpty()) {
                tasks.add(task(waiting.remove()));
            }
            if (tasks.isEmpty()) {
                driver.declineOffer(offer);
            } else {
                driver.launchTasks(List.of(offer), tasks);
            }
        }
        if (waiting.isEmpty()) {
            driver.suppressOffers();
        }
    }

    /** For how many tasks there is room, beside the executor if it does not run there yet. */
    private static long room(Offer offer) {
        boolean runs = offer.getExecutorIds().contains(EXECUTOR_ID);
        long cpuMillis = offer.getResources().getCpuMillis() - (runs ? 0 : JavaExecutor.NEEDS.getCpuMillis());
        long memMib = offer.getResources().getMemMib() - (runs ? 0 : JavaExecutor.NEEDS.getMemMib());
        return Math.min(cpuMillis / TASK.getCpuMillis(), memMib / TASK.getMemMib());
    }

    private TaskRequest task(long part) {
        String range = part * terms / parts + " " + (part + 1) * terms / parts;
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(id + "/" + part)
                .setResources(TASK)
                .setExecutor(JavaExecutor.of(EXECUTOR_ID, PiExecutor.class))
                .setData(StandardCharsets.UTF_8.encode(range))
                .build();
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        String taskId = status.getTaskId();
        if (status.getSequence() == 0 && status.getState() == TaskState.TASK_DROPPED) {
            waiting.add(Long.parseLong(taskId.substring(taskId.indexOf('/') + 1))); // The offer was gone; another comes.
            driver.reviveOffers();
        } else if (status.getState() == TaskState.TASK_FINISHED) {
            String sum = StandardCharsets.UTF_8.decode(status.getData().duplicate()).toString();
            sums.put(taskId, Double.parseDouble(sum));
            System.out.println(taskId + " on " + status.getAgentId() + ": " + sum);
        } else if (status.getSequence() == 0 || status.getTaskEnded()) {
            System.err.println(taskId + " " + status.getState() + ": " + status.getMessage());
            driver.stop(false);
        }
        if (sums.size() == parts) {
            driver.stop(false);
        }
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        System.err.println(message);
    }
}
