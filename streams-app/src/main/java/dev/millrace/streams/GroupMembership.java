package dev.millrace.streams;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupResult;
import org.apache.kafka.common.KafkaFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this instance is in the consumer group. Takes stream threads that died out of it: static members do not leave by themselves, which is what makes restarts quick;
 * but a thread that is replaced comes back under another number, and would have to wait for its predecessor's session to time out.
 */
final class GroupMembership {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMembership.class);

    /** Less than the session timeout by default, for which the others would wait if this instance did not leave. */
    private static final long TIMEOUT_MS = 5_000;

    private final Admin admin;
    private final String group;
    private final String instanceId;

    GroupMembership(Admin admin, String group, String instanceId) {
        this.admin = admin;
        this.group = group;
        this.instanceId = instanceId;
    }

    /**
     * Whether the group has members of other instances, which can take over; false if the broker does not say so soon.
     */
    boolean hasOthers() {
        try {
            return admin
                    .describeConsumerGroups(List.of(group))
                    .all()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .values()
                    .stream()
                    .flatMap(description -> description.members().stream())
                    .anyMatch(
                            member -> !isOf(instanceId, member.groupInstanceId().orElse("")));
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("cannot ask who else is in the group {}: {}", group, e.toString());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether a member is a thread of that instance. Kafka Streams puts a thread's number behind the instance's id. */
    static boolean isOf(String instanceId, String member) {
        int dash = member.lastIndexOf('-');
        return dash >= 0 && member.substring(0, dash).equals(instanceId);
    }

    /** Asks the broker to remove a stream thread of this instance, and does not wait for it. */
    void remove(Thread dead) {
        // Kafka Streams ends each thread's name with its number, and each thread's instance id likewise.
        String name = dead.getName();
        String member = instanceId + name.substring(name.lastIndexOf('-'));
        RemoveMembersFromConsumerGroupResult removal = admin.removeMembersFromConsumerGroup(
                group, new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove(member))));
        KafkaFuture<Void> unused = removal.all().whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn(
                        "cannot take {} out of the group {}; its partitions wait for its session to time out: {}",
                        member,
                        group,
                        failure.toString());
            }
        });
    }
}
