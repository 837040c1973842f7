package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.doctor.Facts.Member;
import dev.millrace.cli.doctor.Facts.Progress;
import dev.millrace.cli.doctor.Facts.Ticks;
import dev.millrace.client.ClusterException;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;

/** Asks who the schedulers are, and how they get on. */
final class SchedulerExamination {
    /** What ticks come by unless they say otherwise. */
    private static final Duration USUAL_INTERVAL = Duration.ofMillis(250);

    private static final Duration LEAST_PATIENCE = Duration.ofSeconds(3);
    private static final Duration MOST_PATIENCE = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Admin admin;
    private final Answers answers;
    private final String group;
    private final Clock clock;
    private final List<FoundTopic> topics;

    SchedulerExamination(Admin admin, Answers answers, Topics names, Clock clock, List<FoundTopic> topics) {
        this.admin = admin;
        this.answers = answers;
        this.group = names.applicationId();
        this.clock = clock;
        this.topics = topics;
    }

    Group group() {
        ConsumerGroupDescription description;
        try {
            description = Objects.requireNonNull(
                    answers.get(admin.describeConsumerGroups(List.of(group)).all(), "the schedulers' group")
                            .get(group));
        } catch (ClusterException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return new Group(GroupState.DEAD.toString(), List.of());
            }
            throw e;
        }
        return new Group(
                description.groupState().toString(),
                description.members().stream().map(SchedulerExamination::member).toList());
    }

    /** Kafka Streams puts the number of the stream thread behind the instance's id. */
    private static Member member(MemberDescription member) {
        String thread = member.groupInstanceId().orElse(member.consumerId());
        int dash = thread.lastIndexOf('-');
        return new Member(dash < 0 ? thread : thread.substring(0, dash), member.host());
    }

    /** Up to which offsets inputs are taken. */
    Map<TopicPartition, OffsetAndMetadata> committed() {
        return answers.get(
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(), "the schedulers' offsets");
    }

    /** @param before what was taken a while ago */
    List<Progress> progress(Map<TopicPartition, OffsetAndMetadata> before) {
        List<TopicPartition> partitions = topics.stream()
                .filter(topic -> topic.topic().filter(Topic.inbound()::contains).isPresent())
                .flatMap(topic -> TopicExamination.ledPartitions(topic).stream())
                .toList();
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        var begins = offsets(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
        var stable = offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
        List<Progress> progress = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            progress.add(new Progress(
                    partition.topic(),
                    partition.partition(),
                    offset(before, partition),
                    offset(committed, partition),
                    of(begins, partition).offset(),
                    of(stable, partition).offset()));
        }
        return progress;
    }

    /**
     * The ticks of each partition, twice: until they tell all, or for some of their intervals.
     *
     * @param intervals by partition, how often they come, where that is known
     */
    List<Ticks> ticks(Map<Integer, Duration> intervals) {
        Optional<FoundTopic> internal = TopicExamination.of(topics, Topic.INTERNAL);
        if (internal.isEmpty()) {
            return List.of();
        }
        List<TopicPartition> partitions = TopicExamination.ledPartitions(internal.get());
        Map<Integer, Integer> leaders = leaders(internal.get().name());
        var first = newest(partitions);
        return lookAgain(looks(intervals.values()), () -> {
            pause();
            Instant before = clock.instant();
            var newest = newest(partitions);
            Instant after = clock.instant();
            return partitions.stream()
                    .map(partition -> new Ticks(
                            partition.partition(),
                            leaders.getOrDefault(partition.partition(), -1),
                            intervals.getOrDefault(partition.partition(), USUAL_INTERVAL),
                            time(of(first, partition)),
                            time(of(newest, partition)),
                            before,
                            after))
                    .toList();
        });
    }

    private static long looks(Collection<Duration> intervals) {
        Duration longest = intervals.stream()
                .max(Duration::compareTo)
                .orElse(USUAL_INTERVAL)
                .multipliedBy(3);
        Duration patience = longest.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : longest;
        return (patience.compareTo(MOST_PATIENCE) > 0 ? MOST_PATIENCE : patience).dividedBy(PAUSE);
    }

    /**
     * Looks until ticks come in all partitions and no broker's clock seems to be behind, or for so many times, and returns what was seen last.
     * It counts looks and no time, since a machine that lets this wait between two of them may let the ticks wait as well.
     */
    static List<Ticks> lookAgain(long looks, Supplier<List<Ticks>> look) {
        List<Ticks> ticks = look.get();
        for (long looked = 1; looked < looks && !tellAll(ticks); looked++) {
            ticks = look.get();
        }
        return ticks;
    }

    private static boolean tellAll(List<Ticks> ticks) {
        return ticks.stream().allMatch(Ticks::moves) && !ClocksCheck.findsOneBehind(ticks);
    }

    private static OptionalLong offset(Map<TopicPartition, OffsetAndMetadata> offsets, TopicPartition partition) {
        OffsetAndMetadata offset = offsets.get(partition);
        return offset == null ? OptionalLong.empty() : OptionalLong.of(offset.offset());
    }

    private Map<TopicPartition, ListOffsetsResultInfo> newest(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.maxTimestamp(), IsolationLevel.READ_UNCOMMITTED);
    }

    private Map<Integer, Integer> leaders(String topic) {
        Map<Integer, Integer> leaders = new HashMap<>();
        answers.get(admin.describeTopics(List.of(topic)).allTopicNames(), "its topics").values().stream()
                .flatMap(description -> description.partitions().stream())
                .filter(partition -> partition.leader() != null)
                .forEach(partition ->
                        leaders.put(partition.partition(), partition.leader().id()));
        return leaders;
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(
            Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> wanted =
                partitions.stream().collect(Collectors.toMap(Function.identity(), partition -> spec));
        return answers.get(
                admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all(), "the ends of its topics");
    }

    private static ListOffsetsResultInfo of(
            Map<TopicPartition, ListOffsetsResultInfo> offsets, TopicPartition partition) {
        return Objects.requireNonNull(offsets.get(partition));
    }

    private static Optional<Instant> time(ListOffsetsResultInfo info) {
        return info.timestamp() < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(info.timestamp()));
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
