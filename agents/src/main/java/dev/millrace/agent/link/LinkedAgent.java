package dev.millrace.agent.link;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent on a link: brings its session, its runner and the topics together, by doing what the session wants done. Mutable; owned by the
 * link's thread.
 */
public final class LinkedAgent implements LinkMember {
    private static final Logger log = LoggerFactory.getLogger(LinkedAgent.class);

    /** Hears of the turns in an agent's life, on the link's thread, so it must not wait. */
    public interface Listener {
        /** The registration of that incarnation was accepted; comes again after each further one. */
        void accepted(long incarnation);

        /** The scheduler wants the agent to stop. */
        void fenced(String message);
    }

    private final AgentProfile profile;
    private final AgentSession session;
    private final Publisher publisher;
    private final AgentSink sink;
    private final TaskRunner runner;
    private final Listener listener;
    private final byte[] poolKey;
    private final BooleanSupplier leaseValid;
    private int launchPartition;

    LinkedAgent(
            AgentProfile profile,
            AgentSession session,
            Publisher publisher,
            AgentSink sink,
            TaskRunner runner,
            Listener listener) {
        this.profile = profile;
        this.session = session;
        this.publisher = publisher;
        this.sink = sink;
        this.runner = runner;
        this.listener = listener;
        this.poolKey = profile.pool().getBytes(StandardCharsets.UTF_8);
        this.leaseValid = () -> session.leaseValid(System.nanoTime());
    }

    @Override
    public String agentId() {
        return profile.agentId();
    }

    /** True = the scheduler has accepted the agent. Thread-safe. */
    public boolean isActive() {
        return session.state() == AgentSession.State.ACTIVE;
    }

    @Override
    public void begin(int launchPartition, long nowNs) {
        this.launchPartition = launchPartition;
        act(session.start(nowNs), nowNs);
    }

    @Override
    public void take(SpecificRecord message, long nowNs) {
        AgentSession.State before = session.state();
        act(session.take(message, nowNs), nowNs);
        if (before == AgentSession.State.REGISTERING && session.state() == AgentSession.State.ACTIVE) {
            listener.accepted(session.incarnation());
        }
    }

    @Override
    public void messagesMissed(long nowNs) {
        act(session.messagesMissed(nowNs), nowNs);
    }

    @Override
    public long tick(long nowNs) {
        act(session.tick(nowNs), nowNs);
        return session.nsUntilTick(nowNs);
    }

    @Override
    public void leave() {
        act(session.leave(), System.nanoTime());
    }

    private void act(SessionAction action, long nowNs) {
        if (action instanceof SessionAction.Launch launch) {
            runner.launch(launch.launch(), leaseValid);
        } else if (action instanceof SessionAction.Heartbeat heartbeat) {
            sendHeartbeat(heartbeat.incarnation(), nowNs);
        } else if (action instanceof SessionAction.Register register) {
            sendRegistration(register.incarnation(), nowNs);
        } else if (action instanceof SessionAction.Kill kill) {
            runner.kill(kill.kill());
        } else if (action instanceof SessionAction.LaunchGroup group) {
            runner.launchGroup(group.group(), leaseValid);
        } else if (action instanceof SessionAction.EndExecutor end) {
            runner.stop(end.stop());
        } else if (action instanceof SessionAction.PassOn passOn) {
            runner.message(passOn.message());
        } else if (action instanceof SessionAction.Refuse refuse) {
            refuse.launches().forEach(launch -> sink.report(dropped(launch, refuse.why())));
        } else if (action instanceof SessionAction.Stop stop) {
            listener.fenced(stop.message());
        } else if (action instanceof SessionAction.Leave leave) {
            AgentLeaving leaving =
                    new AgentLeaving(profile.pool(), agentId(), leave.incarnation(), "the agent was stopped");
            publisher.publish(Topic.AGENT_EVENTS, poolKey, leaving, failure -> warn("AgentLeaving", failure));
        }
    }

    /**
     * The list of attempts must fit its place among the reports: an end that is reported before the registration must not be listed in it, and
     * one that is not must be. So a list during whose making something was reported is made again.
     */
    private void sendRegistration(long incarnation, long nowNs) {
        while (true) {
            long reportsBefore = sink.reports();
            AgentRegistered registration = profile.registration(
                    incarnation, launchPartition, runner.attempts(), runner.executors(), Instant.now());
            if (publisher.publishIf(
                    () -> sink.reports() == reportsBefore,
                    Topic.AGENT_EVENTS,
                    poolKey,
                    registration,
                    failure -> settled("AgentRegistered", incarnation, nowNs, failure))) {
                return;
            }
        }
    }

    private void sendHeartbeat(long incarnation, long nowNs) {
        AgentHeartbeat heartbeat = new AgentHeartbeat(
                profile.pool(),
                agentId(),
                incarnation,
                launchPartition,
                runner.attempts().size(),
                Instant.now());
        publisher.publish(
                Topic.AGENT_EVENTS,
                poolKey,
                heartbeat,
                failure -> settled("AgentHeartbeat", incarnation, nowNs, failure));
    }

    private void settled(String what, long incarnation, long sentAtNs, @Nullable Exception failure) {
        if (failure == null) {
            session.acknowledged(incarnation, sentAtNs, System.nanoTime());
        } else {
            session.failed(incarnation, sentAtNs, System.nanoTime());
            warn(what, failure);
        }
    }

    private void warn(String what, @Nullable Exception failure) {
        if (failure != null) {
            log.warn("{} of agent {} could not be published: {}", what, agentId(), failure.toString());
        }
    }

    private TaskReport dropped(LaunchTask launch, String why) {
        return TaskReport.newBuilder()
                .setPool(profile.pool())
                .setAgentId(agentId())
                .setTaskId(launch.getRequest().getTaskId())
                .setAttempt(launch.getAttempt())
                .setReportSequence(1)
                .setState(TaskState.TASK_DROPPED)
                .setReason(Reason.REASON_STALE_LAUNCH)
                .setSource(StatusSource.SOURCE_AGENT)
                .setMessage(why)
                .build();
    }
}
