package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TestBrokerTest {

    private final Traffic traffic = new Traffic(TestBroker.bootstrapServers());

    @Test
    void carriesRecordsInOrder() {
        String topic = TestBroker.newPrefix("order") + "records";
        traffic.createTopic(topic);

        traffic.send(topic, List.of("a", "b", "c"));

        assertThat(traffic.read(topic, 3)).containsExactly("a", "b", "c");
    }

    @Test
    void showsCommittedTransactionsOnly() {
        String topic = TestBroker.newPrefix("transactions") + "records";
        traffic.createTopic(topic);

        traffic.sendInTransaction(topic, List.of("a", "b"));
        traffic.sendAndAbort(topic, List.of("aborted"));
        traffic.sendInTransaction(topic, List.of("c"));

        assertThat(traffic.read(topic, 3)).containsExactly("a", "b", "c");
    }

    @Test
    void refusesTopicsThatNobodyCreated() {
        String topic = TestBroker.newPrefix("missing") + "records";

        assertThat(traffic.topicExistsAfterAskingForIt(topic)).isFalse();
    }
}
