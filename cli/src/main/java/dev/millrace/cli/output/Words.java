package dev.millrace.cli.output;

import dev.millrace.contract.Reason;
import java.util.Locale;

/** The contract's symbols in words. */
public final class Words {
    private Words() {}

    /** A reason in words; nothing for those of a task's usual way. */
    public static String of(Reason reason) {
        return switch (reason) {
            case REASON_NONE,
                    REASON_REQUEST_ACCEPTED,
                    REASON_PLACED,
                    REASON_COMMAND_STARTED,
                    REASON_COMMAND_EXITED,
                    REASON_COMMAND_SIGNALED -> "";
            case REASON_RESTART_POLICY -> "to be restarted";
            case REASON_TASK_INVALID -> "invalid request";
            case REASON_TASK_UNSUPPORTED -> "asks for something that this version does not do";
            case REASON_DUPLICATE_TASK_ID -> "a task of that id is known";
            case REASON_REQUEST_EXPIRED -> "the request had expired";
            case REASON_TASK_UNKNOWN -> "no such task";
            case REASON_KILL_REQUESTED -> "kill was asked for";
            case REASON_TASK_KILLED_DURING_LAUNCH -> "killed before it started";
            case REASON_MAX_COMPLETION_TIME_REACHED -> "ran into its timeout";
            case REASON_CONTAINER_LAUNCH_FAILED -> "could not be started";
            case REASON_CONTAINER_LIMITATION_MEMORY -> "used more memory than its limit";
            case REASON_AGENT_DISCONNECTED -> "its agent can't be reached";
            case REASON_AGENT_REREGISTERED -> "its agent is back";
            case REASON_AGENT_RESTARTED -> "its agent restarted without it";
            case REASON_AGENT_LEFT -> "its agent was stopped";
            case REASON_AGENT_REMOVED -> "its agent was away too long";
            case REASON_AGENT_REMOVED_BY_OPERATOR -> "its agent was removed by an operator";
            case REASON_LEASE_EXPIRED -> "its agent's lease had expired";
            case REASON_STALE_LAUNCH -> "the launch came too late";
            case REASON_AGENT_REBOOTED -> "its machine restarted";
            case REASON_EXIT_UNKNOWN -> "gone without an exit code";
            case REASON_PREEMPTED -> "gives way to another task";
            case REASON_ROLE_QUEUE_FULL -> "its role has as many queued tasks as it may";
            case REASON_ROLE_RATE_LIMITED -> "its role sends more requests a second than it may";
            case REASON_GANG_TIMEOUT -> "its gang was not complete and placed in time";
            case REASON_GANG_MEMBER_ENDED -> "another member of its gang ended";
            case REASON_INVALID_OFFERS -> "its offer was no longer out";
            case REASON_OFFER_TIMEOUT -> "not answered in time";
            case REASON_OFFER_RECLAIMED -> "taken back for tasks with a higher claim";
            case REASON_FRAMEWORK_FENCED -> "another scheduler of the framework has subscribed";
            case REASON_FRAMEWORK_UNKNOWN -> "no such framework";
            case REASON_FRAMEWORK_DISCONNECTED -> "its framework is disconnected";
            case REASON_FRAMEWORK_REMOVED -> "its framework is over";
            case REASON_RATE_LIMITED -> "more calls a second than allowed";
            case REASON_INVALID_CALL -> "invalid call";
            case REASON_EXECUTOR_TERMINATED -> "its executor ended before it";
            case REASON_EXECUTOR_REGISTRATION_TIMEOUT -> "its executor did not register in time";
            case REASON_EXECUTOR_REREGISTRATION_TIMEOUT -> "its executor did not register again in time";
            case REASON_RECONCILIATION -> "asked where it stands";
        };
    }

    /** A reason with what else is known of it; a message that says the same with more in it stands for both. */
    public static String of(Reason reason, String message) {
        boolean messageSaysIt =
                reason == Reason.REASON_MAX_COMPLETION_TIME_REACHED || reason == Reason.REASON_DUPLICATE_TASK_ID;
        var words = messageSaysIt && !message.isEmpty() ? "" : of(reason);
        return words.isEmpty() || message.isEmpty() ? words + message : words + ", " + message;
    }

    /** A state, or another symbol that says all by its name: {@code TASK_GONE_BY_OPERATOR} is {@code gone by operator}. */
    public static String of(Enum<?> symbol) {
        return bare(symbol).toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A state without its prefix, which says nothing among other states. */
    static String bare(Enum<?> state) {
        return state.name().replaceFirst("^(TASK|AGENT|FRAMEWORK|OPERATION)_", "");
    }
}
