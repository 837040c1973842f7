package dev.millrace.streams.recover;

import dev.millrace.client.NewTopics;
import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPosition;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.NewerStateException;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.RebuiltPartition;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.topology.SchedulerTopology;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;

/**
 * Recovers the stored state of a cluster whose scheduler is stopped. A partition whose state is whole is left alone, but for topics that were
 * made anew and that an operator accepts. Otherwise what it must have stored is made out from the log, and written into the changelogs in one
 * transaction with the group's offsets, which go on from there. Agents and tasks notice nothing of it but the scheduler's absence.
 */
public final class Recovery {
    private final Topics topics;
    private final Admin admin;
    private final Map<String, Object> producerSettings;
    private final Replayer replayer;
    private final InboundTopics inbound;
    private final int replicas;

    /**
     * What is to be done.
     *
     * @param rebuild whether partitions are rebuilt whose state is whole, as far as that can be told without the log
     * @param write false = only find out
     */
    public record Order(boolean rebuild, boolean write) {}

    /**
     * @param producerSettings settings for producers, among them {@code bootstrap.servers}
     * @param inbound the inbound topics as they are, and the ids of those made anew that are accepted
     * @param replicas how many replicas changelogs are made with; -1 = as many as the broker gives
     */
    public Recovery(
            Topics topics,
            Admin admin,
            Map<String, Object> producerSettings,
            Replayer replayer,
            InboundTopics inbound,
            int replicas) {
        this.topics = topics;
        this.admin = admin;
        this.producerSettings = producerSettings;
        this.replayer = replayer;
        this.inbound = inbound;
        this.replicas = replicas;
    }

    /**
     * Recovers all partitions.
     *
     * @throws RecoveryException if schedulers still run, or the state can't be recovered
     * @throws dev.millrace.streams.replay.ReplayFailedException if the log does not suffice
     */
    public List<PartitionRecovery> run(Order order, ReplayWatcher watcher) throws InterruptedException {
        SchedulerGroup group = new SchedulerGroup(admin, topics);
        group.awaitEmpty();
        if (order.write()) {
            group.fence();
        }
        List<Store> missing = replayer.missingStores();
        Set<Integer> begun = group.recovering();
        List<Plan> plans = new ArrayList<>();
        for (int partition = 0; partition < inbound.partitions(); partition++) {
            plans.add(plan(partition, missing, begun.contains(partition), order, watcher));
        }
        // Nothing is written before it is known that everything can be.
        if (order.write()) {
            carryOut(plans, missing, group);
        }
        return plans.stream().map(Plan::result).toList();
    }

    /**
     * What a partition is to have stored.
     *
     * @param found what is wrong with it
     * @param rebuilt what it must have stored
     * @param differences how many records are not so now
     * @param due whether anything has to be written, if only the end of a recovery
     */
    private record Plan(String found, RebuiltPartition rebuilt, long differences, boolean due) {
        PartitionRecovery result() {
            return new PartitionRecovery(
                    rebuilt.partition(),
                    found,
                    rebuilt.blocks(),
                    rebuilt.inputs(),
                    rebuilt.unjournalled(),
                    rebuilt.state().size(),
                    differences);
        }
    }

    private Plan plan(int partition, List<Store> missing, boolean begun, Order order, ReplayWatcher watcher) {
        StoredState there = replayer.stored(partition);
        Optional<String> fault = fault(partition, there, missing, begun);
        boolean anew = fault.isPresent() || order.rebuild();
        RebuiltPartition rebuilt = anew
                ? replayer.rebuild(
                        partition,
                        missing.contains(Store.PARTITION) || openBlock(there).isEmpty(),
                        watcher)
                : new RebuiltPartition(partition, there.copy(), 0, 0, 0, List.of());
        rebuilt.state().partition().ifPresent(saved -> saved.getPositions().forEach(this::requireKnownTopic));
        boolean accepted = acceptTopics(rebuilt.state());
        if (anew) {
            // The records are what the log says; whatever their sum was said to be, it must not keep a scheduler from
            // going on.
            rebuilt.state().saveSum();
        }
        long differences = there.differences(rebuilt.state());
        String found = fault.orElse(PartitionRecovery.WHOLE) + (accepted ? "; begins topics that were made anew" : "");
        return new Plan(found, rebuilt, differences, begun || !missing.isEmpty() || differences > 0);
    }

    private static String names(List<Store> stores) {
        return String.join(", ", stores.stream().map(Store::storeName).toList());
    }

    private static Optional<JournalBlock> openBlock(StoredState state) {
        try {
            return state.openBlock();
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    /** Why a scheduler could not go on from what is stored; empty if it could. */
    private Optional<String> fault(int partition, StoredState there, List<Store> missing, boolean begun) {
        if (!missing.isEmpty()) {
            return Optional.of(
                    missing.size() == Store.values().length ? "no changelogs" : "no changelog of " + names(missing));
        }
        if (begun) {
            return Optional.of("an earlier recovery has not ended");
        }
        try {
            if (there.openBlock().isEmpty()) {
                return there.size() == 0 && replayer.isJournalEmpty(partition)
                        ? Optional.empty()
                        : Optional.of("the partition's own record is missing");
            }
            new PartitionEngine(partition, asStored(there), there, StepInterceptor.NONE).restore(there);
            return Optional.empty();
        } catch (KafkaException | NewerStateException e) {
            throw e;
        } catch (RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** The topics by the ids that are stored, since whether they are still those is another question. */
    private InboundTopics asStored(StoredState state) {
        EnumMap<Topic, String> ids = new EnumMap<>(inbound.ids());
        state.partition()
                .ifPresent(saved -> saved.getPositions()
                        .forEach(position -> Topic.named(position.getTopic())
                                .ifPresent(topic -> ids.put(topic, position.getTopicId()))));
        return new InboundTopics(inbound.partitions(), ids, Set.of());
    }

    private void requireKnownTopic(SavedPosition position) {
        Topic.named(position.getTopic()).map(inbound.ids()::get).ifPresent(id -> {
            if (!id.equals(position.getTopicId()) && !inbound.acceptedIds().contains(id)) {
                throw new RecoveryException("the topic " + position.getTopic()
                        + " was deleted and made anew: its id is " + id + ", and the inputs up to offset "
                        + position.getOffset() + " were taken from the one of id " + position.getTopicId()
                        + "; what was in the old one and not taken is lost; to go on with the new one from its"
                        + " beginning, say --accept-topic-id " + id);
            }
        });
    }

    /** Forgets the positions in topics that were made anew; false if there are none. */
    private boolean acceptTopics(StoredState state) {
        return state.forgetPositions(position -> Topic.named(position.getTopic())
                .map(inbound.ids()::get)
                .filter(id -> !id.equals(position.getTopicId()))
                .isPresent());
    }

    private void makeChangelogs(List<Store> missing) {
        List<NewTopic> made = missing.stream()
                .map(store -> new NewTopic(
                                topics.changelog(store),
                                Optional.of(inbound.partitions()),
                                replicas < 1 ? Optional.empty() : Optional.of((short) replicas))
                        .configs(SchedulerTopology.changelogConfig(replicas)))
                .toList();
        SchedulerGroup.get(admin.createTopics(made).all());
        NewTopics.awaitServed(admin, made.stream().map(NewTopic::name).toList(), SchedulerGroup.TIMEOUT);
    }

    /** Should it end before its end, it is noted beside the group's offsets which partitions are not done, and no scheduler begins. */
    private void carryOut(List<Plan> plans, List<Store> missing, SchedulerGroup group) {
        List<Plan> due = plans.stream().filter(Plan::due).toList();
        if (due.isEmpty()) {
            return;
        }
        group.requireEmpty();
        group.markRecovering(
                due.stream().map(plan -> plan.rebuilt().partition()).toList());
        makeChangelogs(missing);
        try (StateWriter writer = new StateWriter(topics, producerSettings)) {
            for (Plan plan : due) {
                RebuiltPartition rebuilt = plan.rebuilt();
                writer.write(
                        rebuilt.partition(),
                        replayer.stored(rebuilt.partition()),
                        rebuilt.state(),
                        rebuilt.closed(),
                        group::requireEmpty);
            }
            group.requireEmpty();
        }
    }
}
