package dev.millrace.agent.link;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.schemas.Validator;
import java.time.Instant;
import java.util.List;

/**
 * What an agent says of itself each time it registers.
 *
 * @param pool the pool that it belongs to
 * @param agentId its id, unique within the pool
 * @param workDirId tells the agent from an impostor
 * @param hostname the machine's name
 * @param resources all that it has to give
 * @param reservations what of it is kept for roles, sorted by role and labels
 * @param attributes what constraints can ask about, sorted by key
 * @param version the software's version; may be empty
 */
public record AgentProfile(
        String pool,
        String agentId,
        String workDirId,
        String hostname,
        Resources resources,
        List<Reservation> reservations,
        List<KeyValue> attributes,
        String version) {

    /**
     * A profile that the scheduler will take.
     *
     * @throws IllegalArgumentException with every fault, if it breaks a rule of the contract
     */
    public AgentProfile {
        reservations = List.copyOf(reservations);
        attributes = List.copyOf(attributes);
        AgentRegistered sample = new AgentRegistered(
                pool,
                agentId,
                1L,
                workDirId,
                hostname,
                0,
                resources,
                reservations,
                attributes,
                List.of(),
                version,
                Instant.EPOCH,
                List.of());
        List<String> faults = Validator.faults(sample);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("the agent can't be registered: " + String.join("; ", faults));
        }
    }

    /**
     * The registration that says so.
     *
     * @param incarnation the number drawn for it
     * @param launchPartition the partition of launches that the agent reads
     * @param attempts what it has
     * @param executors the executors that it has
     * @param sentAt when it is sent
     */
    public AgentRegistered registration(
            long incarnation,
            int launchPartition,
            List<AgentTask> attempts,
            List<AgentExecutor> executors,
            Instant sentAt) {
        return new AgentRegistered(
                pool,
                agentId,
                incarnation,
                workDirId,
                hostname,
                launchPartition,
                resources,
                reservations,
                attributes,
                attempts,
                version,
                sentAt,
                executors);
    }
}
