package dev.millrace.streams.topology;

/**
 * An inbound topic gave an offset a second time to a partition that had been reading on: the topic was made anew, or has lost its end. What
 * follows must not be skipped as taken before until it is known which.
 */
public final class LogWentBackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param place the record's, in words
     * @param lastOffset the highest offset that had come of the same topic and partition
     */
    public LogWentBackException(String place, long lastOffset) {
        super("the input " + place + " came after offset " + lastOffset + " of the same topic");
    }
}
