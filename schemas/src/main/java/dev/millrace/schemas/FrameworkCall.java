package dev.millrace.schemas;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.UpdateFramework;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/**
 * What all records of the topic framework-calls have in common.
 *
 * @param frameworkId who calls
 * @param incarnation the incarnation of its scheduler
 */
public record FrameworkCall(String frameworkId, long incarnation) {
    /** The common part of a call; empty for records that are none. */
    public static Optional<FrameworkCall> of(SpecificRecord record) {
        if (record instanceof Subscribe call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof UpdateFramework call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof FrameworkHeartbeat call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof FrameworkLeaving call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof Teardown call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof AcceptOffers call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof DeclineOffers call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof ReviveOffers call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof SuppressOffers call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof KillFrameworkTask call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof ShutdownExecutor call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof ReconcileTasks call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        } else if (record instanceof SendMessage call) {
            return call(call.getFrameworkId(), call.getIncarnation());
        }
        return Optional.empty();
    }

    private static Optional<FrameworkCall> call(String frameworkId, long incarnation) {
        return Optional.of(new FrameworkCall(frameworkId, incarnation));
    }
}
