package dev.millrace.cli.up;

import dev.millrace.local.FreePorts;
import java.io.IOException;

/** Chooses the port of a local cluster's broker. */
final class BrokerPort {
    private static final int USUAL = 9092;

    private BrokerPort() {}

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
