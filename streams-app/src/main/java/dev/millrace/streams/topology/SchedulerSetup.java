package dev.millrace.streams.topology;

import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.StepInterceptor;
import java.time.Duration;

/**
 * What the processors of one scheduler instance share.
 *
 * @param topics the topics' names
 * @param inbound what the broker says of the inbound ones
 * @param changelogReplicas how many replicas the stores' changelogs get if they are made now; -1 = as many as the broker gives
 * @param tickInterval how often each partition's clocks are moved
 * @param failures where inputs that make the core fail are remembered
 * @param interceptor what sees each input before the core does
 * @param listener who is told how the partitions get on
 */
public record SchedulerSetup(
        Topics topics,
        InboundTopics inbound,
        int changelogReplicas,
        Duration tickInterval,
        FailureLedger failures,
        StepInterceptor interceptor,
        PartitionListener listener) {}
