package dev.millrace.streams.engine;

import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPosition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Up to where the inputs of each inbound topic have been taken, so that a record which comes a second time, after somebody moved the
 * group's offsets back, is known as such. Mutable; owned by the engine.
 */
final class Positions {
    private static final long NONE_TAKEN = -1;

    /** In the order in which they are saved. */
    private static final List<Topic> BY_NAME = Topic.inbound().stream()
            .sorted(Comparator.comparing(Topic::topicName))
            .toList();

    private final InboundTopics topics;
    private final byte[][] idBytes = new byte[Topic.values().length][];
    private final long[] highestTaken = new long[Topic.values().length];

    /**
     * @param saved the positions that were saved last, in any order
     * @throws TopicRecreatedException if a topic has another id than the one that its position was saved under
     */
    Positions(InboundTopics topics, List<SavedPosition> saved) {
        this.topics = topics;
        Arrays.fill(highestTaken, NONE_TAKEN);
        BY_NAME.forEach(topic -> idBytes[topic.ordinal()] = id(topic).getBytes(StandardCharsets.UTF_8));
        for (SavedPosition position : saved) {
            Topic.named(position.getTopic())
                    .filter(topics.ids()::containsKey)
                    .ifPresent(topic -> restore(topic, position));
        }
    }

    private void restore(Topic topic, SavedPosition position) {
        String id = id(topic);
        if (position.getTopicId().equals(id)) {
            highestTaken[topic.ordinal()] = position.getOffset();
        } else if (!topics.acceptedIds().contains(id)) {
            throw new TopicRecreatedException(topic, position.getTopicId(), id, position.getOffset());
        }
    }

    boolean taken(Topic topic, long offset) {
        return offset <= highestTaken[topic.ordinal()];
    }

    void take(Topic topic, long offset) {
        highestTaken[topic.ordinal()] = offset;
    }

    void forget(Topic topic) {
        highestTaken[topic.ordinal()] = NONE_TAKEN;
    }

    /** The inbound topics in the order in which positions are saved. */
    static List<Topic> byName() {
        return BY_NAME;
    }

    /** True if something was taken from the topic. */
    boolean begun(Topic topic) {
        return highestTaken(topic) != NONE_TAKEN;
    }

    long highestTaken(Topic topic) {
        return highestTaken[topic.ordinal()];
    }

    /** The topic's id in UTF-8. */
    byte[] idBytes(Topic topic) {
        return idBytes[topic.ordinal()];
    }

    private String id(Topic topic) {
        return Objects.requireNonNull(topics.ids().get(topic));
    }
}
