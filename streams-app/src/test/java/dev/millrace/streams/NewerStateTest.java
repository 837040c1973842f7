package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.JournalBlock;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPartition;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A scheduler whose state was written by a newer version says so and stops; it writes nothing. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NewerStateTest {
    @TempDir
    Path stateDir;

    private final Schedulers schedulers = new Schedulers();
    private final RecordCodec codec = new RecordCodec();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void aSchedulerStopsAtStateThatWasDecidedByNewerRulesAndWritesNothing() throws Exception {
        assertStopsAt("rules", this::decidedByNewerRules, "rules of version " + (Shard.BEHAVIOUR + 1));
    }

    @Test
    void aSchedulerStopsAtStateInAFormThatItDoesNotKnowAndWritesNothing() throws Exception {
        assertStopsAt("form", NewerStateTest::ofANewerForm, "no schema of fingerprint");
    }

    private void assertStopsAt(String name, UnaryOperator<byte[]> newer, String how) throws Exception {
        LiveCluster cluster = schedulers.cluster(name);
        SchedulerApp first = schedulers.start(cluster, stateDir);
        cluster.send(Records.request(POOL, "t").build());
        waiting().until(() -> cluster.statuses("t").size() == 1);
        first.close();
        cluster.awaitCommitted();
        String changelog = cluster.topics().changelog(Store.PARTITION);
        List<ConsumerRecord<byte[], byte[]>> kept = cluster.read(changelog);
        byte[] last = kept.stream()
                .filter(record -> record.partition() == 0)
                .reduce((earlier, later) -> later)
                .orElseThrow()
                .value();
        cluster.produce(changelog, 0, PartitionEngine.PARTITION_KEY, newer.apply(last))
                .get();
        cluster.send(Records.request(POOL, "u").build());
        Map<String, Integer> before = written(cluster);

        SchedulerApp older = schedulers.begin(cluster.config(stateDir), StepInterceptor.NONE);

        assertThat(older.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains(
                                "the state of partition 0 was written by a newer version", how, "start that version"));
        assertThat(written(cluster)).isEqualTo(before);
    }

    private byte[] decidedByNewerRules(byte[] stored) {
        SavedPartition saved = (SavedPartition) ((Decoded.Value) codec.decode(stored)).record();
        JournalBlock open = JournalBlock.newBuilder(saved.getOpenBlock())
                .setBehaviour(Shard.BEHAVIOUR + 1)
                .build();
        return codec.encode(new SavedPartition(saved.getPositions(), open, saved.getSum()));
    }

    /** Its fingerprint is not known. */
    private static byte[] ofANewerForm(byte[] stored) {
        byte[] changed = stored.clone();
        changed[2] ^= 1;
        return changed;
    }

    /** How many records of that partition there are on each topic that the scheduler writes to. */
    private static Map<String, Integer> written(LiveCluster cluster) {
        List<String> names = new ArrayList<>();
        for (Store store : Store.values()) {
            names.add(cluster.topics().changelog(store));
        }
        for (Topic topic :
                List.of(Topic.TASK_STATUS, Topic.DECISIONS, Topic.JOURNAL, Topic.INTERNAL, Topic.DEAD_LETTERS)) {
            names.add(cluster.topics().name(topic));
        }
        Map<String, Integer> counts = new TreeMap<>();
        for (String name : names) {
            counts.put(name, (int) cluster.read(name).stream()
                    .filter(record -> record.partition() == 0)
                    .count());
        }
        return counts;
    }
}
