package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.Continue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.Tick;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.core.Outbox;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedCounters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/**
 * Decides a recording's demand anew, from the same state on the same clock, under some circumstances. Nothing in it waits for the clock of the
 * machine: time goes as the recorded ticks went, and what agents do comes in between when it is due. Mutable; used once, by one thread.
 */
final class Model {
    private final Recording recording;
    private final Circumstances circumstances;
    private final Shard shard;
    private final Outbox out = new Outbox();
    private final PoolMeter meter;
    private final ModelAgents agents;
    /** What the last inputs have led to and the shard has to take next. */
    private final ArrayDeque<Input> next = new ArrayDeque<>();

    private final List<String> refusals = new ArrayList<>();
    private long nowMs;

    Model(Recording recording, Circumstances circumstances) {
        this.recording = recording;
        this.circumstances = circumstances;
        shard = new Shard(recording.partition(), recording.partitions());
        meter = new PoolMeter(recording.pool());
        agents = new ModelAgents(recording);
        nowMs = recording.beganMs();
    }

    /** Takes the circumstances, and says what the scheduler has against them. To be called before {@link #run}. */
    List<String> begin() {
        restore();
        meter.begin(recording.start(), nowMs);
        for (SpecificRecord saved : recording.start().of(Store.COUNTERS)) {
            if (((SavedCounters) saved).getContinueSentMs() >= 0) {
                take(Topic.INTERNAL, new Continue(recording.pool()));
            }
        }
        refusals.clear();
        if (circumstances.settings() != null) {
            take(Topic.OPERATOR_CMDS, circumstances.settings());
        }
        circumstances.roles().forEach(role -> take(Topic.OPERATOR_CMDS, role));
        for (String agentId : circumstances.removedAgents()) {
            agents.remove(agentId);
            if (recording.isKnownAtBeginning(agentId)) {
                take(
                        Topic.OPERATOR_CMDS,
                        RemoveAgent.newBuilder()
                                .setPool(recording.pool())
                                .setAgentId(agentId)
                                .setMessage("it is not there in the model")
                                .build());
            }
        }
        circumstances.addedAgents().forEach(added -> take(Topic.AGENT_EVENTS, agents.add(added)));
        return List.copyOf(refusals);
    }

    private void restore() {
        for (Store store : recording.start().stores()) {
            for (SpecificRecord record : recording.start().of(store)) {
                shard.restore(store, record);
            }
        }
        shard.restored();
    }

    /** Goes through the period. */
    Figures run() {
        for (Demand demand : recording.demand()) {
            letPass(demand.atMs());
            circumstances.leftOf(demand.input().value()).ifPresent(value -> take(demand, value));
        }
        letPass(recording.endedMs() + 1);
        return meter.figures(recording.endedMs());
    }

    /**
     * Lets agents do what is due before then. What is due at the very time of an input comes after it: the scheduler takes a record that came
     * late at the time of the input before it.
     */
    private void letPass(long untilMs) {
        while (agents.nextMs() < untilMs) {
            nowMs = Math.max(nowMs, agents.nextMs());
            agents.fire(nowMs).ifPresent(said -> take(Topic.AGENT_EVENTS, said));
        }
        nowMs = untilMs;
    }

    private void take(Demand demand, SpecificRecord value) {
        Input input = demand.input();
        if (value instanceof AgentRegistered registered) {
            take(new Input(input.topic(), input.timestampMs(), agents.registration(registered, demand.tasksLost())));
            return;
        }
        if (value instanceof AgentLeaving leaving) {
            agents.leave(leaving.getAgentId());
        }
        take(new Input(input.topic(), input.timestampMs(), value));
        if (value instanceof Tick) {
            Optional<AgentHeartbeat> heartbeat = agents.heartbeat(nowMs);
            while (heartbeat.isPresent()) {
                take(Topic.AGENT_EVENTS, heartbeat.get());
                heartbeat = agents.heartbeat(nowMs);
            }
        }
    }

    private void take(Topic topic, SpecificRecord value) {
        take(new Input(topic, nowMs, value));
    }

    private void take(Input first) {
        next.add(first);
        while (!next.isEmpty()) {
            Input input = next.remove();
            out.clear();
            shard.on(input, out);
            meter.step(nowMs, input, out.messages(), out.changes());
            for (Message message : out.messages()) {
                hear(input, message);
            }
        }
    }

    /** Lets agents hear what they are told, and the shard what it tells itself. */
    private void hear(Input input, Message message) {
        SpecificRecord value = message.value();
        if (value instanceof LaunchTask launch) {
            agents.launch(launch, nowMs);
        } else if (value instanceof KillTask kill) {
            agents.kill(kill, nowMs);
        } else if (value instanceof AgentAccepted accepted && input.value() instanceof AgentRegistered registered) {
            agents.accepted(accepted, registered, nowMs);
        } else if (value instanceof RegisterAgain again) {
            agents.again(again).ifPresent(registered -> next.add(new Input(Topic.AGENT_EVENTS, nowMs, registered)));
        } else if (value instanceof Continue) {
            next.add(new Input(Topic.INTERNAL, nowMs, value));
        } else if (value instanceof CommandRefused refused) {
            refusals.add(refused.getCommand() + ": " + refused.getMessage());
        } else if (value instanceof AgentFenced fenced) {
            refusals.add("agent " + fenced.getAgentId() + ": " + fenced.getMessage());
        }
    }
}
