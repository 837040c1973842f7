package dev.millrace.cli.job;

import dev.millrace.contract.TaskRequest;

/**
 * Equal tasks of a job.
 *
 * @param template the request of each of them, but for the task id, the instance and who submitted it when
 * @param instances how many there are, at least 1
 */
public record JobTask(TaskRequest template, int instances) {
    public JobTask {
        if (instances < 1) {
            throw new IllegalArgumentException("instances must be at least 1, not " + instances);
        }
    }
}
