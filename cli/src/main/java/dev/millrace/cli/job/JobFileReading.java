package dev.millrace.cli.job;

import java.util.List;

/** What came of reading a job file: a job, or everything that is wrong with the file. */
public sealed interface JobFileReading {
    /** The file was in order. */
    record Read(Job job) implements JobFileReading {}

    /** The file was not in order; the faults stand in the order of the file, and there is at least one. */
    record Refused(List<JobFault> faults) implements JobFileReading {
        public Refused {
            faults = List.copyOf(faults);
        }
    }
}
