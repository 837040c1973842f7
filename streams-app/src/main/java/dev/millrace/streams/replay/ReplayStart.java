package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPosition;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.StoredState;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Where the replay of a partition begins.
 *
 * @param partition the partition
 * @param partitions how many partitions the inbound topics have
 * @param state what was stored then; the replay takes it over and goes on writing it
 * @param topicIds the ids that the inbound topics have now; empty = they are not known, as in a slice that was taken elsewhere
 */
public record ReplayStart(int partition, int partitions, StoredState state, Map<Topic, String> topicIds) {
    public ReplayStart {
        topicIds = Map.copyOf(topicIds);
    }

    /** A start of which it is not known what ids the topics have now. */
    public ReplayStart(int partition, int partitions, StoredState state) {
        this(partition, partitions, state, Map.of());
    }

    /** Before the first input ever. */
    public static ReplayStart atTheBeginning(int partition, int partitions) {
        return new ReplayStart(partition, partitions, new StoredState());
    }

    /** The same where the inbound topics have these ids. */
    ReplayStart where(Map<Topic, String> ids) {
        return new ReplayStart(partition, partitions, state, ids);
    }

    /** The topics as the stored positions have them: a replay reads each record once, so it does not matter by what ids they go now. */
    InboundTopics topics() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, topicIds.getOrDefault(topic, "replayed")));
        state.partition().ifPresent(saved -> {
            for (SavedPosition position : saved.getPositions()) {
                Topic.named(position.getTopic())
                        .filter(Topic.inbound()::contains)
                        .ifPresent(topic -> ids.put(topic, position.getTopicId()));
            }
        });
        return new InboundTopics(partitions, ids, Set.of());
    }
}
