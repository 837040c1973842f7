package dev.millrace.bench.recovery;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import java.nio.file.Path;

/** What a broker's process runs. */
final class BrokerProgram {
    /** What it writes when clients can use the broker begins so. */
    static final String READY = "broker on ";

    private BrokerProgram() {}

    /** Runs a broker until it is killed: in that directory, on that port. */
    public static void main(String[] args) throws InterruptedException {
        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(Path.of(args[0])).withPort(Integer.parseInt(args[1])))) {
            System.out.println(READY + broker.bootstrapServers());
            Thread.currentThread().join();
        }
    }
}
