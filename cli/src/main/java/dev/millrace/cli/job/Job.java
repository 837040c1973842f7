package dev.millrace.cli.job;

import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * What is submitted together.
 *
 * @param name the job's name, with which the ids of its tasks begin
 * @param pool the pool that runs it
 * @param tasks its tasks, in the order of the file
 */
public record Job(String name, String pool, List<JobTask> tasks) {
    public Job {
        tasks = List.copyOf(tasks);
    }

    /** One request for each instance of each task, in the order of the file. */
    public List<TaskRequest> requests(Submission submission) {
        var requests = new ArrayList<TaskRequest>();
        for (var task : tasks) {
            for (int instance = 0; instance < task.instances(); instance++) {
                requests.add(request(task, instance, submission));
            }
        }
        return requests;
    }

    private TaskRequest request(JobTask task, int instance, Submission submission) {
        return TaskRequest.newBuilder(task.request(name + "-" + submission.label(), instance))
                .setSubmissionId(submission.id())
                .setSubmittedAt(submission.at())
                .setPrincipal(submission.principal())
                .build();
    }
}
