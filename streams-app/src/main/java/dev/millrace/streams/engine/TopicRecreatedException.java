package dev.millrace.streams.engine;

import dev.millrace.schemas.Topic;

/**
 * An inbound topic is not the one that the saved position counts in: it was deleted and made anew. Going on would skip what is in it as
 * taken already, so the partition stops until an operator has accepted the new topic.
 */
public final class TopicRecreatedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TopicRecreatedException(Topic topic, String savedId, String foundId, long savedOffset) {
        super(message(topic, foundId, "the inputs up to offset " + savedOffset + " were taken from", savedId));
    }

    /** The topic was made anew while it was read. */
    public TopicRecreatedException(Topic topic, String readId, String foundId) {
        super(message(topic, foundId, "inputs were taken from", readId));
    }

    private static String message(Topic topic, String foundId, String whatWasTaken, String oldId) {
        return "the topic " + topic.topicName() + " was deleted and made anew: its id is " + foundId + ", and "
                + whatWasTaken + " the one of id " + oldId
                + "; to go on with the new one from its beginning, start with --accept-topic-id " + foundId;
    }
}
