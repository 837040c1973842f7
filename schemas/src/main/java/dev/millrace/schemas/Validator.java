package dev.millrace.schemas;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.Continue;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Tick;
import dev.millrace.contract.Unreserve;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * Says which rules of the contract an inbound record breaks: all of them at once, each in words that name the field, its value and the
 * rule, such as {@code priority is 900: must be 0 to 100}. The answer is a function of the record alone. Whether this version does what a
 * request asks for, and whether a record makes sense in the state that things are in, is not asked here.
 */
public final class Validator {
    private static final int MAX_TICK_INTERVAL_MS = 600_000;

    private Validator() {}

    /**
     * The rules that a record breaks, in the order of its fields; a hundred at most.
     *
     * @param record a record without missing fields, as a codec decodes it or a builder builds it
     * @return empty if there are none, and for records that are not inbound
     */
    public static List<String> faults(SpecificRecord record) {
        Faults faults = new Faults();
        checkIdentity(faults, record);
        check(faults, record);
        return faults.list();
    }

    /** The rules that a record's pool, task id and agent id break. A record without such faults can be answered. */
    public static List<String> identityFaults(SpecificRecord record) {
        Faults faults = new Faults();
        checkIdentity(faults, record);
        return faults.list();
    }

    private static void checkIdentity(Faults faults, SpecificRecord record) {
        Pools.of(record).ifPresent(pool -> IdRules.pool(faults, "pool", pool));
        if (record instanceof TaskRequest request) {
            IdRules.task(faults, "taskId", request.getTaskId());
        } else if (record instanceof KillRequest kill) {
            IdRules.task(faults, "taskId", kill.getTaskId());
        } else if (record instanceof TaskReport report) {
            IdRules.agent(faults, "agentId", report.getAgentId());
            IdRules.task(faults, "taskId", report.getTaskId());
        } else if (record instanceof AgentRegistered registered) {
            IdRules.agent(faults, "agentId", registered.getAgentId());
        } else if (record instanceof AgentHeartbeat heartbeat) {
            IdRules.agent(faults, "agentId", heartbeat.getAgentId());
        } else if (record instanceof AgentLeaving leaving) {
            IdRules.agent(faults, "agentId", leaving.getAgentId());
        } else if (record instanceof RemoveAgent remove) {
            IdRules.agent(faults, "agentId", remove.getAgentId());
        } else if (record instanceof Reserve reserve) {
            IdRules.agent(faults, "agentId", reserve.getAgentId());
        } else if (record instanceof Unreserve unreserve) {
            IdRules.agent(faults, "agentId", unreserve.getAgentId());
        } else if (record instanceof ExecutorEnded ended) {
            IdRules.agent(faults, "agentId", ended.getAgentId());
        } else if (record instanceof MessageFromExecutor message) {
            IdRules.agent(faults, "agentId", message.getAgentId());
        } else if (record instanceof TeardownFramework teardown) {
            IdRules.framework(faults, "frameworkId", teardown.getFrameworkId());
        } else {
            FrameworkRules.checkIdentity(faults, record);
        }
    }

    private static void check(Faults faults, SpecificRecord record) {
        if (record instanceof TaskRequest request) {
            TaskRequestRules.check(faults, request);
        } else if (record instanceof KillRequest kill) {
            faults.range("gracePeriodMs", kill.getGracePeriodMs(), 0, TaskRequestRules.MAX_GRACE_MS);
            people(faults, kill.getPrincipal(), kill.getMessage());
        } else if (record instanceof TaskReport report) {
            AgentRules.check(faults, report);
        } else if (record instanceof AgentHeartbeat heartbeat) {
            AgentRules.check(faults, heartbeat);
        } else if (record instanceof AgentRegistered registered) {
            AgentRules.check(faults, registered);
        } else if (record instanceof AgentLeaving leaving) {
            people(faults, "", leaving.getMessage());
        } else if (record instanceof ExecutorEnded ended) {
            ExecutorRules.check(faults, ended);
        } else if (record instanceof MessageFromExecutor message) {
            ExecutorRules.check(faults, message);
        } else if (Topic.FRAMEWORK_CALLS.types().contains(record.getClass())) {
            FrameworkRules.check(faults, record);
        } else if (Topic.OPERATOR_CMDS.types().contains(record.getClass())) {
            OperatorRules.check(faults, record);
        } else if (record instanceof Tick tick) {
            faults.range("partition", tick.getPartition(), 0, AgentRules.MAX_PARTITION);
            faults.range("intervalMs", tick.getIntervalMs(), 1, MAX_TICK_INTERVAL_MS);
        } else if (record instanceof Redirected redirected) {
            redirected(faults, redirected);
        } else if (record instanceof Continue) {
            return; // Its pool is all that it has.
        }
    }

    private static void people(Faults faults, String principal, String message) {
        faults.line("principal", principal, 0, 128);
        faults.text("message", message, 0, 1_024);
    }

    private static void redirected(Faults faults, Redirected redirected) {
        boolean inbound = Topic.named(redirected.getTopic())
                .filter(topic -> topic != Topic.INTERNAL && Topic.inbound().contains(topic))
                .isPresent();
        if (!inbound) {
            faults.add("topic", Faults.quoted(redirected.getTopic()), "must be an inbound topic other than internal");
        }
        faults.range("partition", redirected.getPartition(), 0, AgentRules.MAX_PARTITION);
        faults.range("offset", redirected.getOffset(), 0, Long.MAX_VALUE);
    }
}
