package dev.millrace.client.framework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.client.TestCluster;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.TaskState;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokerAwayTest {
    @Test
    void whatIsCalledAndToldGoesOnWhenTheBrokerIsBack(@TempDir Path directory) {
        BrokerSettings settings = BrokerSettings.in(directory);
        EmbeddedBroker broker = EmbeddedBroker.start(settings);
        try (TestCluster cluster = TestCluster.on(broker.bootstrapServers(), "broker-away");
                ScriptedScheduler scheduler = new ScriptedScheduler(cluster)) {
            RecordingScheduler framework = new RecordingScheduler();
            try (SchedulerDriver driver =
                    new SchedulerDriver(cluster.config, FrameworkInfo.of(scheduler.framework, "eng"), framework)) {
                driver.start();
                scheduler.takeSubscribe();
                scheduler.status("a", 1, TaskState.TASK_RUNNING);
                framework.first(2);

                broker.close();
                broker = EmbeddedBroker.start(settings.withPort(broker.port()));
                driver.killTask("a");

                assertThat(scheduler.next(KillFrameworkTask.class).getTaskId()).isEqualTo("a");
                scheduler.status("a", 2, TaskState.TASK_KILLED);
                assertThat(framework.first(3)).containsExactly("registered 0", "status a 1", "status a 2");
                assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
            }
            scheduler.next(FrameworkLeaving.class);
        } finally {
            broker.close();
        }
    }
}
