package dev.millrace.cli.job;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Equal tasks of a job.
 *
 * @param template the request of each of them, but for what the submission and the number of the instance add
 * @param instances how many there are, at least 1
 * @param distinctHosts whether no two of them may be on one agent
 * @param gang the group that all of them belong to; null = none
 */
public record JobTask(
        TaskRequest template,
        int instances,
        boolean distinctHosts,
        @Nullable JobGang gang) {
    /** The label by which the tasks that must be on distinct agents know one another. */
    static final String DISTINCT_LABEL = "millrace/job";

    public JobTask {
        if (instances < 1) {
            throw new IllegalArgumentException("instances must be at least 1, not " + instances);
        }
    }

    /** Tasks that need not keep apart, and that are in no group. */
    public JobTask(TaskRequest template, int instances) {
        this(template, instances, false, null);
    }

    JobTask in(JobGang group) {
        return new JobTask(template, instances, distinctHosts, group);
    }

    /** The request of one instance, of a job that is submitted under that name. */
    TaskRequest request(String submittedJob, int instance) {
        var tasks = submittedJob + "/" + template.getName();
        var request = TaskRequest.newBuilder(template)
                .setTaskId(tasks + "/" + instance)
                .setInstance(instance);
        if (distinctHosts) {
            request.setLabels(with(template.getLabels(), new KeyValue(DISTINCT_LABEL, tasks)));
            var apart = new ArrayList<>(template.getAffinities());
            apart.add(Affinity.newBuilder()
                    .setLabelKey(DISTINCT_LABEL)
                    .setLabelValue(tasks)
                    .setAnti(true)
                    .setRequired(true)
                    .build());
            request.setAffinities(apart);
        }
        if (gang != null) {
            request.setGang(gang.of(submittedJob));
        }
        return request.build();
    }

    private static List<KeyValue> with(List<KeyValue> labels, KeyValue label) {
        var all = new ArrayList<>(labels);
        all.add(label);
        all.sort(Comparator.comparing(KeyValue::getKey));
        return all;
    }
}
