package dev.millrace.streams;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaFuture;

/**
 * Asks the brokers. No call outlives its answer's timeout: one that went on unseen could fence an instance that was started again since. Any
 * thread may use it.
 */
final class BrokerTransactions implements GroupTransactions {
    /** How long a call may take. One that would have taken longer is made again by whoever needs it. */
    static final int TIMEOUT_MS = 3_000;

    /** The call itself gives up first, and says why. */
    private static final long WAIT_MS = TIMEOUT_MS + 1_000L;

    private final Admin admin;
    private final String group;

    BrokerTransactions(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
    }

    @Override
    public Open open() throws UnansweredException, InterruptedException {
        var options = new ListTransactionsOptions()
                .filterStates(Set.of(TransactionState.ONGOING))
                .timeoutMs(TIMEOUT_MS);
        Set<String> open = new HashSet<>();
        List<String> unanswered = new ArrayList<>();
        // Each broker tells of those that it coordinates. The one that was lost may be lost together with a scheduler.
        for (Map.Entry<Integer, KafkaFuture<Collection<TransactionListing>>> broker : get(
                        "which brokers there are",
                        admin.listTransactions(options).byBrokerId())
                .entrySet()) {
            try {
                get("broker " + broker.getKey(), broker.getValue())
                        .forEach(listing -> open.add(listing.transactionalId()));
            } catch (UnansweredException e) {
                unanswered.add(e.getMessage());
            }
        }
        return new Open(open, unanswered);
    }

    @Override
    public List<Member> members() throws UnansweredException, InterruptedException {
        var options = new DescribeConsumerGroupsOptions().timeoutMs(TIMEOUT_MS);
        var description = get(
                        "the group's members",
                        admin.describeConsumerGroups(List.of(group), options).all())
                .get(group);
        return Objects.requireNonNull(description).members().stream()
                .map(member -> new Member(member.groupInstanceId().orElse(""), member.clientId()))
                .toList();
    }

    @Override
    public List<String> fence(Set<String> transactionalIds) throws InterruptedException {
        var options = new FenceProducersOptions().timeoutMs(TIMEOUT_MS);
        List<String> failed = new ArrayList<>();
        for (Map.Entry<String, KafkaFuture<Void>> fenced : admin.fenceProducers(transactionalIds, options)
                .fencedProducers()
                .entrySet()) {
            try {
                get(fenced.getKey(), fenced.getValue());
            } catch (UnansweredException e) {
                failed.add(e.getMessage());
            }
        }
        return failed;
    }

    private static <T> T get(String what, KafkaFuture<T> answer) throws UnansweredException, InterruptedException {
        try {
            return answer.get(WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new UnansweredException(what, Objects.requireNonNullElse(e.getCause(), e));
        } catch (TimeoutException e) {
            throw new UnansweredException(what, e);
        }
    }
}
