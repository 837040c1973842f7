package dev.millrace.cli.command;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Resources;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/**
 * A framework in a process of its own, to be killed. It launches tasks of fixed ids, each once however often the program is started, and says line by
 * line what it sees. The arguments are bootstrap servers, the topics' prefix, the framework's id, the number of tasks, their command, and where it
 * stands still.
 */
final class FrameworkProgram implements Scheduler {
    private static final Resources NEEDS =
            Resources.newBuilder().setCpuMillis(100).setMemMib(32).build();

    /** Where it stands still for good, so that it can be killed there. */
    enum Stop {
        WITH_OFFERS,
        AFTER_ACCEPTING,
        NOWHERE
    }

    private final List<String> taskIds;
    private final String command;
    private final Stop stop;
    /** The tasks that the scheduler does not know; null until it has said so. */
    private TreeSet<String> missing;

    private final List<Offer> offers = new ArrayList<>();
    /** What the statuses alone have told. */
    private final Map<String, String> view = new TreeMap<>();

    private boolean checked;
    private int ended;

    private FrameworkProgram(List<String> taskIds, String command, Stop stop) {
        this.taskIds = taskIds;
        this.command = command;
        this.stop = stop;
    }

    public static void main(String[] args) throws InterruptedException {
        int count = Integer.parseInt(args[3]);
        FrameworkInfo info = FrameworkInfo.of(
                args[2],
                FrameworkRole.newBuilder()
                        .setRole("default")
                        .setUnit(NEEDS)
                        .setUnitsWanted(count)
                        .build());
        List<String> ids =
                IntStream.range(0, count).mapToObj(i -> args[2] + "/" + i).toList();
        ClusterConfig cluster = new ClusterConfig(args[0], new Topics(args[1]), Map.of());
        try (SchedulerDriver driver =
                new SchedulerDriver(cluster, info, new FrameworkProgram(ids, args[4], Stop.valueOf(args[5])))) {
            say(driver.run().name());
        }
    }

    @Override
    public void registered(SchedulerDriver driver, Subscribed subscribed) {
        say(subscribed.getAgain() ? "registered again" : "registered");
        driver.reconcileTasks("which", taskIds);
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> made) {
        switch (stop) {
            case WITH_OFFERS -> standStill("has offers");
            case AFTER_ACCEPTING -> {
                // The answer, which will soon be wrong, is left unread; the successor must not take it for its own.
                driver.reconcileTasks("which", taskIds);
                driver.launchTasks(
                        List.of(made.get(0)), taskIds.stream().map(this::task).toList());
                standStill("has accepted");
            }
            case NOWHERE -> {
                offers.addAll(made);
                useOffers(driver);
            }
        }
    }

    @Override
    public void reconciled(SchedulerDriver driver, Reconciled answer) {
        if (answer.getReconciliationId().equals("which")) {
            missing = new TreeSet<>();
            answer.getStatuses().stream()
                    .filter(status -> status.getState() == TaskState.TASK_UNKNOWN)
                    .forEach(status -> missing.add(status.getTaskId()));
            say("misses " + missing.size());
            useOffers(driver);
        } else {
            Map<String, String> told = new TreeMap<>();
            answer.getStatuses().forEach(status -> told.put(status.getTaskId(), text(status)));
            say("view " + view);
            say("told " + told);
        }
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        view.put(status.getTaskId(), text(status));
        if (status.getTaskEnded() && ++ended == taskIds.size()) {
            driver.stop(false);
        }
        boolean allRun = view.size() == taskIds.size()
                && view.values().stream().allMatch(text -> text.startsWith("TASK_RUNNING"));
        if (allRun && !checked) {
            checked = true;
            driver.reconcileTasks("check", List.of());
        }
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        say("error " + message);
    }

    /** Offers may come before it is known what is missing. */
    private void useOffers(SchedulerDriver driver) {
        if (missing == null) {
            return;
        }
        for (Offer offer : offers) {
            if (missing.isEmpty()) {
                driver.declineOffer(offer);
            } else {
                driver.launchTasks(
                        List.of(offer), missing.stream().map(this::task).toList());
                missing.clear();
            }
        }
        offers.clear();
    }

    private TaskRequest task(String taskId) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setShell(command)
                .setResources(NEEDS)
                .build();
    }

    private static String text(TaskStatus status) {
        return status.getState() + "#" + status.getSequence();
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private static void standStill(String line) {
        say(line);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
