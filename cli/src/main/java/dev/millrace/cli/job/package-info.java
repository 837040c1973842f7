/**
 * Job files: what a person writes, and how it becomes requests. Knows YAML and the contract's records, and neither Kafka nor the command
 * line. Begin with {@link dev.millrace.cli.job.JobFileReader}.
 */
@NullMarked
package dev.millrace.cli.job;

import org.jspecify.annotations.NullMarked;
