package dev.millrace.schemas;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Unreserve;
import dev.millrace.contract.UpdateFramework;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/** Says which pool an inbound record is for, and so which partition it belongs to. */
public final class Pools {
    /** The pool of requests that name no other. */
    public static final String DEFAULT = "default";

    private Pools() {}

    /**
     * The pool of an inbound record.
     *
     * @return empty for a {@code Tick}, which is for a partition, and for records that are not inbound
     */
    public static Optional<String> of(SpecificRecord record) {
        if (record instanceof TaskRequest request) {
            return Optional.of(request.getPool());
        } else if (record instanceof KillRequest kill) {
            return Optional.of(kill.getPool());
        } else if (record instanceof TaskReport report) {
            return Optional.of(report.getPool());
        } else if (record instanceof AgentHeartbeat heartbeat) {
            return Optional.of(heartbeat.getPool());
        } else if (record instanceof AgentRegistered registered) {
            return Optional.of(registered.getPool());
        } else if (record instanceof AgentLeaving leaving) {
            return Optional.of(leaving.getPool());
        } else if (record instanceof ConfigurePool configure) {
            return Optional.of(configure.getPool());
        } else if (record instanceof RemoveAgent remove) {
            return Optional.of(remove.getPool());
        } else if (record instanceof SetRole set) {
            return Optional.of(set.getPool());
        } else if (record instanceof RemoveRole remove) {
            return Optional.of(remove.getPool());
        } else if (record instanceof Reserve reserve) {
            return Optional.of(reserve.getPool());
        } else if (record instanceof Unreserve unreserve) {
            return Optional.of(unreserve.getPool());
        } else if (record instanceof Subscribe subscribe) {
            return Optional.of(subscribe.getPool());
        } else if (record instanceof UpdateFramework updateFramework) {
            return Optional.of(updateFramework.getPool());
        } else if (record instanceof FrameworkHeartbeat frameworkHeartbeat) {
            return Optional.of(frameworkHeartbeat.getPool());
        } else if (record instanceof FrameworkLeaving frameworkLeaving) {
            return Optional.of(frameworkLeaving.getPool());
        } else if (record instanceof Teardown teardown) {
            return Optional.of(teardown.getPool());
        } else if (record instanceof AcceptOffers acceptOffers) {
            return Optional.of(acceptOffers.getPool());
        } else if (record instanceof DeclineOffers declineOffers) {
            return Optional.of(declineOffers.getPool());
        } else if (record instanceof ReviveOffers reviveOffers) {
            return Optional.of(reviveOffers.getPool());
        } else if (record instanceof SuppressOffers suppressOffers) {
            return Optional.of(suppressOffers.getPool());
        } else if (record instanceof KillFrameworkTask killFrameworkTask) {
            return Optional.of(killFrameworkTask.getPool());
        } else if (record instanceof ShutdownExecutor shutdownExecutor) {
            return Optional.of(shutdownExecutor.getPool());
        } else if (record instanceof ReconcileTasks reconcileTasks) {
            return Optional.of(reconcileTasks.getPool());
        } else if (record instanceof SendMessage sendMessage) {
            return Optional.of(sendMessage.getPool());
        } else if (record instanceof ExecutorEnded executorEnded) {
            return Optional.of(executorEnded.getPool());
        } else if (record instanceof MessageFromExecutor messageFromExecutor) {
            return Optional.of(messageFromExecutor.getPool());
        } else if (record instanceof TeardownFramework teardownFramework) {
            return Optional.of(teardownFramework.getPool());
        } else if (record instanceof Continue more) {
            return Optional.of(more.getPool());
        } else if (record instanceof Redirected redirected) {
            return Optional.of(redirected.getPool());
        }
        return Optional.empty();
    }
}
