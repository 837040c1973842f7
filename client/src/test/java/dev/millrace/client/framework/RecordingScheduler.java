package dev.millrace.client.framework;

import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** Writes down how it is called back, each callback in a few words, and then does what the test wants. */
final class RecordingScheduler implements Scheduler {
    /** What was called back, in order. */
    final List<String> heard = new CopyOnWriteArrayList<>();

    private final Set<Thread> threads = new HashSet<>();
    private final Consumer<String> then;

    RecordingScheduler() {
        this(words -> {});
    }

    /** A scheduler that does something on the driver's thread after each callback was written down. */
    RecordingScheduler(Consumer<String> then) {
        this.then = then;
    }

    /** Waits until it was called back so often, and tells how that was. */
    List<String> first(int count) {
        Awaitility.await().atMost(ScriptedScheduler.LONG).until(() -> heard.size() >= count);
        return List.copyOf(heard.subList(0, count));
    }

    /** On how many threads it was called back. */
    synchronized int threads() {
        return threads.size();
    }

    @Override
    public void registered(SchedulerDriver driver, Subscribed subscribed) {
        note("registered " + subscribed.getTaskCount());
    }

    @Override
    public void reregistered(SchedulerDriver driver) {
        note("reregistered");
    }

    @Override
    public void disconnected(SchedulerDriver driver) {
        note("disconnected");
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
        note("offers " + offers.stream().map(Offer::getOfferId).toList());
    }

    @Override
    public void offerRescinded(SchedulerDriver driver, String offerId) {
        note("rescinded " + offerId);
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        note("status " + status.getTaskId() + " " + status.getSequence());
    }

    @Override
    public void operationUpdate(SchedulerDriver driver, OperationUpdated update) {
        note("operation " + update.getOperationId());
    }

    @Override
    public void reconciled(SchedulerDriver driver, Reconciled answer) {
        note("reconciled " + answer.getReconciliationId());
    }

    @Override
    public void frameworkMessage(SchedulerDriver driver, String executorId, String agentId, byte[] data) {
        note("message " + executorId + " " + agentId + " " + new String(data, StandardCharsets.UTF_8));
    }

    @Override
    public void agentLost(SchedulerDriver driver, String agentId) {
        note("agent lost " + agentId);
    }

    @Override
    public void executorLost(SchedulerDriver driver, FrameworkFailure failure) {
        note("executor lost " + failure.getExecutorId());
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        note("error " + message);
    }

    private void note(String words) {
        synchronized (this) {
            threads.add(Thread.currentThread());
        }
        heard.add(words);
        then.accept(words);
    }
}
