package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.output.Style;
import dev.millrace.cli.output.Terminal;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.TopicAdmin;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Topics;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AttachedRunTest {
    private final ClusterConfig config =
            new ClusterConfig(TestBroker.bootstrapServers(), new Topics(TestBroker.newPrefix("attached")), Map.of());

    @Test
    void endsWhenItsClusterHasFailedForGood() {
        try (var admin = new TopicAdmin(config)) {
            admin.create(1, 1);
        }
        var nothing = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        var target =
                new AttachedRun.Target(config, CompletableFuture.completedFuture("agent agent-1 stopped: no disk"));
        var run = new AttachedRun(
                target,
                List.of(Statuses.request("j-1/t/0", "s")),
                new AttachedRun.View(AttachedRun.Statuses.LINES, false),
                new StatusLines(Style.PLAIN, ZoneOffset.UTC),
                new LiveOutput(Terminal.plain(nothing, nothing)),
                new Interrupts());

        assertThatThrownBy(run::run)
                .isInstanceOf(ClusterException.class)
                .hasMessage("the cluster failed: agent agent-1 stopped: no disk; 1 task had not ended");
    }
}
