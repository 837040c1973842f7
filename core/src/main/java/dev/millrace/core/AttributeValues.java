package dev.millrace.core;

import java.util.Map;
import java.util.TreeMap;

/** Which values of some attributes the active agents have. Only the attributes that somebody asks about are kept. Mutable; owned by the stream thread. */
final class AttributeValues {
    private static final class Values {
        int askers;
        final TreeMap<String, Integer> agents = new TreeMap<>();
    }

    private final TreeMap<String, Values> attributes = new TreeMap<>();

    /** Begins to keep an attribute's values for one more asker. */
    void ask(String attribute, Iterable<Agent> activeAgents) {
        Values values = attributes.get(attribute);
        if (values == null) {
            values = new Values();
            attributes.put(attribute, values);
            for (Agent agent : activeAgents) {
                change(attribute, values, agent, 1);
            }
        }
        values.askers++;
    }

    /** One asker needs it no more. */
    void release(String attribute) {
        Values values = attributes.get(attribute);
        if (values != null && --values.askers == 0) {
            attributes.remove(attribute);
        }
    }

    /** An agent has become active, or is no longer, or its attributes are about to change or have changed. */
    void change(Agent agent, int by) {
        if (attributes.isEmpty()) {
            return;
        }
        for (Map.Entry<String, Values> entry : attributes.entrySet()) {
            change(entry.getKey(), entry.getValue(), agent, by);
        }
    }

    /** How many values of the attribute there are. */
    int size(String attribute) {
        Values values = attributes.get(attribute);
        return values == null ? 0 : values.agents.size();
    }

    boolean has(String attribute, String value) {
        Values values = attributes.get(attribute);
        return values != null && values.agents.containsKey(value);
    }

    private static void change(String attribute, Values values, Agent agent, int by) {
        String value = agent.attribute(attribute);
        if (value != null && values.agents.merge(value, by, Integer::sum) == 0) {
            values.agents.remove(value);
        }
    }
}
