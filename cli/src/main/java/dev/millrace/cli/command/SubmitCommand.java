package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Words;
import dev.millrace.cli.run.Sending;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Submits a job and leaves it to the cluster. */
@Command(
        name = "submit",
        description =
                "Submits a job, waits until the scheduler has accepted or refused its tasks, and prints their ids.",
        footer = {
            "",
            "Examples:",
            "  millrace submit examples/service.yaml",
            "  millrace submit --id nightly-17 job.yaml     twice the same is refused as a duplicate",
            "  millrace submit --memory 256MiB -- ./long-job.sh"
        })
final class SubmitCommand implements Callable<Integer> {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);

    private final CommandContext context;

    @Mixin
    private JobInput input = new JobInput();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    SubmitCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var requests = input.requests(context);
        var answers = submit(requests);
        boolean allAccepted = true;
        for (var request : requests) {
            var answer = answers.get(request.getTaskId());
            if (output.isJson()) {
                context.terminal().out().println(answer == null ? unanswered(request) : JsonRecords.line(answer));
            } else if (answer == null || !isRefusal(answer)) {
                context.terminal().out().println(request.getTaskId());
            } else {
                context.terminal()
                        .err()
                        .println(request.getTaskId() + ": refused: "
                                + Words.of(answer.getReason(), answer.getMessage()));
            }
            allAccepted &= answer == null || !isRefusal(answer);
        }
        if (answers.size() < requests.size()) {
            context.terminal()
                    .err()
                    .println("millrace submit: the scheduler has not answered within " + ANSWER_TIMEOUT.toSeconds()
                            + " s; the requests are safe in Kafka and wait for it");
        }
        return allAccepted ? ExitCode.OK : ExitCode.FAILED;
    }

    /** In place of a status: with its fields, as far as they are known. */
    private static String unanswered(TaskRequest request) {
        return JsonRecords.line(Arrays.asList(
                new Part("pool", request.getPool()),
                new Part("taskId", request.getTaskId()),
                new Part("submissionId", request.getSubmissionId()),
                new Part("state", null)));
    }

    /** The scheduler's first word on each request, as far as it came in time. */
    private Map<String, TaskStatus> submit(List<TaskRequest> requests) {
        var config = cluster.cluster(context);
        var answers = new LinkedHashMap<String, TaskStatus>();
        var submissionId = requests.get(0).getSubmissionId();
        try (var client = new MillraceClient(config);
                var statuses = client.statuses(requests.get(0).getPool(), Start.end())) {
            Sending.tasks(client, requests);
            long deadlineNs = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
            while (answers.size() < requests.size() && System.nanoTime() < deadlineNs) {
                for (var status : statuses.poll(POLL)) {
                    if (status.getSubmissionId().equals(submissionId)) {
                        answers.putIfAbsent(status.getTaskId(), status);
                    }
                }
            }
        }
        return answers;
    }

    private static boolean isRefusal(TaskStatus answer) {
        return answer.getSequence() == 0 || (answer.getTaskEnded() && answer.getSequence() == 1);
    }
}
