package dev.millrace.agent.link;

import org.apache.avro.specific.SpecificRecord;

/** One agent on an {@link AgentLink}. All methods are called by the link's thread, with a reading of the monotonic clock in ns. */
public interface LinkMember {

    /** The id that messages to it have as their key. */
    String agentId();

    /** The link reads {@code launchPartition} from its end as it is now, so the agent can register. Called once, before everything else. */
    void begin(int launchPartition, long nowNs);

    /** Takes one message to this agent. */
    void take(SpecificRecord message, long nowNs);

    /** Messages to this agent may have been lost: the link had to go on reading from another position. */
    void messagesMissed(long nowNs);

    /** Does what is due, and says in how many ns it wants to be called again; it is called after each other method too. */
    long tick(long nowNs);

    /** The link closes: the last chance to say something. */
    void leave();
}
