package dev.millrace.streams.engine;

import dev.millrace.schemas.Topic;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The inbound topics as they are on the broker.
 *
 * @param partitions how many partitions each has, at least 1
 * @param ids the id of each, which changes when a topic is deleted and made anew
 * @param acceptedIds ids of topics that were made anew and that an operator has accepted in place of the old ones
 */
public record InboundTopics(int partitions, Map<Topic, String> ids, Set<String> acceptedIds) {
    public InboundTopics {
        if (partitions < 1) {
            throw new IllegalArgumentException("there must be at least 1 partition, not " + partitions);
        }
        EnumMap<Topic, String> copy = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.inbound()) {
            String id = ids.get(topic);
            if (id == null) {
                throw new IllegalArgumentException("the id of " + topic.topicName() + " is missing");
            }
            copy.put(topic, id);
        }
        ids = Collections.unmodifiableMap(copy);
        acceptedIds = Set.copyOf(acceptedIds);
    }
}
