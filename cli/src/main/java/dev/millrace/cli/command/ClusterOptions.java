package dev.millrace.cli.command;

import dev.millrace.cli.up.Endpoint;
import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.util.Optional;
import picocli.CommandLine.Mixin;

/** Which cluster a command is about: one that is named, or the local one that runs here. Mutable, for picocli fills it in. */
final class ClusterOptions {
    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private DataDirOption dataDir = new DataDirOption();

    /** The cluster; a failure that says what to do if none is named and none runs here. */
    ClusterConfig cluster(CommandContext context) {
        return find(context)
                .orElseThrow(() -> new CommandFailure("no cluster: none is named, and no local one runs in "
                        + dataDir.of(context) + "; start one with millrace up, or name one with --bootstrap-server"));
    }

    /** The cluster; empty if none is named and none runs here. */
    Optional<ClusterConfig> find(CommandContext context) {
        var named = connection.bootstrapServers(context);
        if (named.isPresent()) {
            return named.map(connection::config);
        }
        return Endpoint.live(dataDir.of(context))
                .map(endpoint -> connection.config(endpoint.bootstrapServers(), endpoint.prefix()));
    }

    /**
     * The cluster, for what is done while no scheduler runs; a failure if it is a local one.
     *
     * @param what what is to be done, for people
     */
    ClusterConfig clusterOfItsOwnBrokers(CommandContext context, String what) {
        var named = connection.bootstrapServers(context);
        if (named.isEmpty() && Endpoint.live(dataDir.of(context)).isPresent()) {
            throw new CommandFailure(
                    what + " needs the brokers without a scheduler, and a local cluster has both in one"
                            + " process; it is for clusters whose brokers are processes of their own, named with"
                            + " --bootstrap-server");
        }
        return cluster(context);
    }

    Topics topics() {
        return connection.topics();
    }
}
