package dev.millrace.schemas;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentView;
import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.FrameworkChanged;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.MessageToFramework;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PoolView;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Tick;
import dev.millrace.contract.Unreserve;
import dev.millrace.contract.UpdateFramework;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * The catalogue of Millrace's topics: the one place that says what each is called, what it carries, how it is keyed, partitioned and
 * kept. Creation, checks and documentation are made from it.
 */
public enum Topic {
    TASK_REQUESTS(
            "task-requests",
            "Tasks to be run, and tasks to be killed.",
            Key.POOL,
            Partitioning.POOL,
            Retention.days(7),
            List.of(TaskRequest.class, KillRequest.class)),
    FRAMEWORK_CALLS(
            "framework-calls",
            "What frameworks that place their own tasks say.",
            Key.POOL,
            Partitioning.POOL,
            Retention.days(7),
            List.of(
                    Subscribe.class,
                    UpdateFramework.class,
                    FrameworkHeartbeat.class,
                    FrameworkLeaving.class,
                    Teardown.class,
                    AcceptOffers.class,
                    DeclineOffers.class,
                    ReviveOffers.class,
                    SuppressOffers.class,
                    KillFrameworkTask.class,
                    ShutdownExecutor.class,
                    ReconcileTasks.class,
                    SendMessage.class)),
    AGENT_EVENTS(
            "agent-events",
            "What agents say: who they are, that they live, and what they saw of their attempts.",
            Key.POOL,
            Partitioning.POOL,
            Retention.days(7),
            List.of(
                    AgentRegistered.class,
                    AgentHeartbeat.class,
                    TaskReport.class,
                    AgentLeaving.class,
                    ExecutorEnded.class,
                    MessageFromExecutor.class)),
    OPERATOR_CMDS(
            "operator-cmds",
            "What operators command.",
            Key.POOL,
            Partitioning.POOL,
            Retention.days(7),
            List.of(
                    ConfigurePool.class,
                    RemoveAgent.class,
                    SetRole.class,
                    RemoveRole.class,
                    Reserve.class,
                    Unreserve.class,
                    TeardownFramework.class)),
    INTERNAL(
            "internal",
            "What the scheduler tells itself: time, work that goes on, and records that lay in a wrong partition.",
            Key.POOL,
            Partitioning.POOL,
            Retention.days(7),
            List.of(Tick.class, Continue.class, Redirected.class)),
    TASK_STATUS(
            "task-status",
            "What becomes of each task: the stream that consumers follow.",
            Key.TASK,
            Partitioning.POOL,
            Retention.days(7),
            List.of(TaskStatus.class)),
    DECISIONS(
            "decisions",
            "What the scheduler decided about anything but a task, and why tasks wait.",
            Key.ENTITY,
            Partitioning.POOL,
            Retention.days(7),
            List.of(
                    PendingExplained.class,
                    AgentChanged.class,
                    CommandRefused.class,
                    CommandDone.class,
                    FrameworkChanged.class)),
    RESOURCE_OFFERS(
            "resource-offers",
            "What frameworks are told: offers, answers, failures and messages. The key is the framework's id.",
            Key.ENTITY,
            Partitioning.POOL,
            Retention.days(7),
            List.of(
                    Subscribed.class,
                    OffersMade.class,
                    OffersRescinded.class,
                    OperationUpdated.class,
                    FrameworkFailure.class,
                    FrameworkError.class,
                    SchedulerHeartbeat.class,
                    Reconciled.class,
                    MessageToFramework.class)),
    JOURNAL(
            "journal",
            "The order in which the inputs of a partition were taken, and a checksum of what came out.",
            Key.ENTITY,
            Partitioning.POOL,
            Retention.days(7),
            List.of(JournalBlock.class)),
    TASK_LAUNCHES(
            "task-launches",
            "What agents are told.",
            Key.AGENT,
            Partitioning.AGENT,
            Retention.days(1),
            List.of(
                    LaunchTask.class,
                    KillTask.class,
                    AgentAccepted.class,
                    RegisterAgain.class,
                    AgentFenced.class,
                    LaunchTaskGroup.class,
                    StopExecutor.class,
                    MessageToExecutor.class)),
    TASK_LOGS(
            "task-logs",
            "What tasks write to their standard output and error.",
            Key.TASK,
            Partitioning.KEY,
            Retention.days(3),
            List.of(LogChunk.class)),
    CLUSTER_STATE(
            "cluster-state",
            "Agents and pools as dashboards see them: the newest view of each.",
            Key.ENTITY,
            Partitioning.KEY,
            Retention.NEWEST_OF_EACH_KEY,
            List.of(AgentView.class, PoolView.class)),
    SCHEMAS(
            "schemas",
            "The schema of every record type in JSON, for readers that do not have it.",
            Key.FINGERPRINT,
            Partitioning.SINGLE,
            Retention.NEWEST_OF_EACH_KEY,
            List.of()),
    DEAD_LETTERS(
            "dead-letters",
            "Records that the scheduler could not take, and why.",
            Key.ENTITY,
            Partitioning.KEY,
            Retention.days(30),
            List.of(DeadLetter.class));

    /** What a record's key is. */
    public enum Key {
        POOL,
        TASK,
        AGENT,
        ENTITY,
        FINGERPRINT
    }

    /** How a record's partition is found. */
    public enum Partitioning {
        /** murmur2 of the pool, whatever the key is; as many partitions as the cluster was created with. */
        POOL,
        /** murmur2 of the key; as many partitions as the cluster was created with. */
        KEY,
        /** The one that the agent announced; four times as many partitions, so that few agents share one. */
        AGENT,
        /** One partition. */
        SINGLE
    }

    /**
     * How old records go.
     *
     * @param cleanup the broker's way
     * @param time how long records are kept; zero for compacted topics, which keep the newest of each key for ever
     */
    public record Retention(Cleanup cleanup, Duration time) {
        static final Retention NEWEST_OF_EACH_KEY = new Retention(Cleanup.COMPACT, Duration.ZERO);

        static Retention days(int days) {
            return new Retention(Cleanup.DELETE, Duration.ofDays(days));
        }
    }

    /** The broker's ways to let old records go. */
    public enum Cleanup {
        DELETE,
        COMPACT
    }

    /** Partitions per pool partition of a topic that is partitioned by agent. */
    private static final int AGENT_PARTITIONS_PER_PARTITION = 4;

    /** What a broker's own default is as well, so that one that was set up with it does nothing else. */
    private static final int MAX_MESSAGE_BYTES = 1_048_588;

    private static final int COMPACTED_SEGMENT_BYTES = 16_777_216;

    private final String topicName;
    private final String about;
    private final Key key;
    private final Partitioning partitioning;
    private final Retention retention;
    private final List<Class<? extends SpecificRecord>> types;

    Topic(
            String topicName,
            String about,
            Key key,
            Partitioning partitioning,
            Retention retention,
            List<Class<? extends SpecificRecord>> types) {
        this.topicName = topicName;
        this.about = about;
        this.key = key;
        this.partitioning = partitioning;
        this.retention = retention;
        this.types = types;
    }

    /** The name without prefix, such as {@code task-requests}. */
    public String topicName() {
        return topicName;
    }

    public Key key() {
        return key;
    }

    public Partitioning partitioning() {
        return partitioning;
    }

    public Retention retention() {
        return retention;
    }

    /** What it carries, in a sentence. */
    public String about() {
        return about;
    }

    /** The record types that belong on this topic; empty where none does yet, or where values are not records. */
    public List<Class<? extends SpecificRecord>> types() {
        return types;
    }

    /** The number of partitions in a cluster that was created with {@code clusterPartitions}. */
    public int partitions(int clusterPartitions) {
        return switch (partitioning) {
            case POOL, KEY -> clusterPartitions;
            case AGENT -> clusterPartitions * AGENT_PARTITIONS_PER_PARTITION;
            case SINGLE -> 1;
        };
    }

    /** The largest record that is taken from this topic, in bytes. */
    public int maxRecordBytes() {
        return switch (this) {
            // A registration lists up to 2,000 attempts.
            case AGENT_EVENTS -> 3 * RecordCodec.MAX_RECORD_BYTES;
            // A redirected record carries one of another inbound topic.
            case INTERNAL -> AGENT_EVENTS.maxRecordBytes() + 1_024;
            case TASK_REQUESTS, FRAMEWORK_CALLS, OPERATOR_CMDS -> RecordCodec.MAX_RECORD_BYTES;
            case TASK_STATUS,
                    DECISIONS,
                    RESOURCE_OFFERS,
                    JOURNAL,
                    TASK_LAUNCHES,
                    TASK_LOGS,
                    CLUSTER_STATE,
                    SCHEMAS,
                    DEAD_LETTERS -> MAX_MESSAGE_BYTES;
        };
    }

    /**
     * The topic's settings on the broker, by name in alphabetical order. The broker's clock stamps all records, since the scheduler's
     * own time is made of such stamps and no producer may set it.
     */
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("max.message.bytes", Integer.toString(MAX_MESSAGE_BYTES));
        settings.put("message.timestamp.type", "LogAppendTime");
        if (retention.cleanup() == Cleanup.DELETE) {
            settings.put("cleanup.policy", "delete");
            settings.put("retention.ms", Long.toString(retention.time().toMillis()));
        } else {
            settings.put("cleanup.policy", "compact");
            // Readers begin at the beginning, so what was replaced has to go soon.
            settings.put("min.cleanable.dirty.ratio", "0.1");
            settings.put("segment.bytes", Integer.toString(COMPACTED_SEGMENT_BYTES));
        }
        return settings;
    }

    /** The topics that the scheduler reads, in the order in which they are documented. */
    public static List<Topic> inbound() {
        return List.of(TASK_REQUESTS, FRAMEWORK_CALLS, AGENT_EVENTS, OPERATOR_CMDS, INTERNAL);
    }

    /** The topic of that name without prefix. */
    public static Optional<Topic> named(String topicName) {
        return Arrays.stream(values())
                .filter(t -> t.topicName.equals(topicName))
                .findFirst();
    }
}
