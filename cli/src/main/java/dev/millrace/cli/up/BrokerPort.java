package dev.millrace.cli.up;

import dev.millrace.local.BrokerStartException;
import dev.millrace.local.FreePorts;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the port of a local cluster's broker. */
final class BrokerPort {
    private static final int USUAL = 9092;
    private static final int MAX_TRIES = 3;

    private static final Logger log = LoggerFactory.getLogger(BrokerPort.class);

    /** Starts something on a port that {@link #choose} has chosen. */
    @FunctionalInterface
    interface Start<T> {
        T start() throws IOException, InterruptedException;
    }

    private BrokerPort() {}

    /** Starts once more if another process took the port after it was chosen, as another cluster that starts at the same time does. */
    static <T> T untilKept(Start<T> start) throws IOException, InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                return start.start();
            } catch (LocalClusterException e) {
                boolean taken = e.getCause() instanceof BrokerStartException cause && cause.isPortInUse();
                if (!taken || tries == MAX_TRIES) {
                    throw e;
                }
                log.info("another process took the port that was chosen; trying once more", e);
            }
        }
    }

    /** The wanted port if it is not 0; else the one that the directory's cluster had before if it is free, else Kafka's usual one, else any. */
    static int choose(int wanted, ClusterDirectory directory) throws IOException {
        if (wanted != 0) {
            return wanted;
        }
        int before = Endpoint.read(directory.path()).map(Endpoint::port).orElse(USUAL);
        if (FreePorts.isFree(before)) {
            return before;
        }
        return FreePorts.isFree(USUAL) ? USUAL : FreePorts.next();
    }
}
