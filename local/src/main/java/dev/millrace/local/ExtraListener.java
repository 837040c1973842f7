package dev.millrace.local;

/**
 * A port of a broker beside the usual one, for clients that are to reach it in another way.
 *
 * @param name Kafka's name for it: upper-case letters, digits and underscores
 * @param port the port that the broker listens on
 * @param advertisedPort the port of this machine that clients are told to use, where something passes on to the other what it takes
 */
public record ExtraListener(String name, int port, int advertisedPort) {

    public ExtraListener {
        if (!name.matches("[A-Z][A-Z0-9_]*")) {
            throw new IllegalArgumentException("'" + name + "' is no name of a listener");
        }
    }
}
