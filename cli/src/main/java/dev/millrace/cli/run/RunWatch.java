package dev.millrace.cli.run;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Says what holds up a run of which nothing is heard: the cluster does not answer, the scheduler does not, tasks wait for something. Mutable;
 * owned by the thread that reads the statuses.
 */
final class RunWatch implements AutoCloseable {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private final Consumer<String> complaints;
    private final ClusterWatch cluster;
    private final WaitingInquiry inquiry;
    private final WaitWatch waits;
    private final long begunNs = System.nanoTime();
    private boolean saidThatNoSchedulerAnswers;

    RunWatch(ClusterConfig config, List<TaskRequest> requests, Consumer<String> complaints) {
        this.complaints = complaints;
        this.cluster = ClusterWatch.over(config, complaints);
        this.inquiry = new WaitingInquiry(config, requests.get(0).getPool());
        this.waits = new WaitWatch(requests, inquiry, System::nanoTime, complaints);
    }

    /** Takes notice of something that came from the cluster just now. */
    void heard() {
        cluster.heard();
    }

    /** Takes notice of a status of one of the run's tasks. */
    void take(TaskStatus status) {
        waits.take(status);
    }

    /** Says what there is to say; to be called again and again. */
    void look(TaskBook book) {
        cluster.look();
        waits.look();
        boolean isLate = System.nanoTime() - begunNs > ANSWER_TIMEOUT.toNanos();
        if (isLate && !saidThatNoSchedulerAnswers && book.countUnheard() > 0 && !cluster.isLost()) {
            saidThatNoSchedulerAnswers = true;
            complaints.accept("millrace: the scheduler has not answered within " + ANSWER_TIMEOUT.toSeconds()
                    + " s; the requests are safe in Kafka and wait for it");
        }
    }

    @Override
    public void close() {
        cluster.close();
        inquiry.close();
    }
}
