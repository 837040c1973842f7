package dev.millrace.streams;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts what instances that are no longer in the group have left open. An instance that was killed leaves a transaction, and until that is
 * aborted its successor can't know where to go on, and nobody can read past it: the broker would do it after the transaction timeout, at the
 * next of its looks, which on a stock broker are ten seconds apart. To abort it sooner can do no harm: whoever is wrongly taken for dead
 * finds itself fenced, as it would after the timeout, and joins again.
 *
 * <p>It looks while the group is being shared out anew, and once thereafter. Has a thread of its own; thread-safe.
 */
final class DeadTransactions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadTransactions.class);

    private static final long INTERVAL_MS = 250;
    private static final long TIMEOUT_MS = 5_000;

    private static final String PROCESS = "-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-";

    private final Admin admin;
    private final String group;
    private final Pattern transactionalId;
    private final Pattern clientId;
    private final ScheduledExecutorService executor;
    private boolean sharingOut;
    private boolean looking;

    DeadTransactions(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
        // Kafka Streams names both after the process, unless a client.id is given.
        transactionalId = Pattern.compile(Pattern.quote(group) + PROCESS + "[0-9]+");
        clientId = Pattern.compile(Pattern.quote(group) + PROCESS + "StreamThread-.*");
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "dead-transactions");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The group is being shared out anew: somebody may have gone. */
    synchronized void sharingOut() {
        sharingOut = true;
        if (!looking && !executor.isShutdown()) {
            looking = true;
            later();
        }
    }

    /** All that this instance was given goes on. */
    synchronized void sharedOut() {
        sharingOut = false;
    }

    private void later() {
        ScheduledFuture<?> unused = executor.schedule(this::look, INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        boolean again;
        synchronized (this) {
            again = sharingOut;
        }
        try {
            abort();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.warn("cannot look for what dead instances left open, which readers then wait for: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (this) {
            if ((again || sharingOut) && !executor.isShutdown()) {
                later();
            } else {
                looking = false;
            }
        }
    }

    private void abort() throws ExecutionException, InterruptedException, TimeoutException {
        // The members are asked for last: whoever has a transaction was one before.
        List<String> open = openTransactions();
        if (open.isEmpty()) {
            return;
        }
        Optional<Set<String>> living = livingProcesses();
        if (living.isEmpty()) {
            return;
        }
        List<String> dead = new ArrayList<>();
        for (String id : open) {
            if (!living.get().contains(process(transactionalId, id).orElseThrow())) {
                dead.add(id);
            }
        }
        if (!dead.isEmpty()) {
            get(admin.fenceProducers(dead).all());
            LOG.info("aborted what instances that have gone had left open: {}", dead);
        }
    }

    private List<String> openTransactions() throws ExecutionException, InterruptedException, TimeoutException {
        List<String> open = new ArrayList<>();
        var options = new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING));
        for (TransactionListing listing : get(admin.listTransactions(options).all())) {
            if (process(transactionalId, listing.transactionalId()).isPresent()) {
                open.add(listing.transactionalId());
            }
        }
        return open;
    }

    /** The processes of the group's members; empty if one does not tell its own, so that nobody can be said to be none of them. */
    private Optional<Set<String>> livingProcesses() throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> processes = new HashSet<>();
        var description =
                get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
        for (MemberDescription member : Objects.requireNonNull(description).members()) {
            Optional<String> process = process(clientId, member.clientId());
            if (process.isEmpty()) {
                return Optional.empty();
            }
            processes.add(process.get());
        }
        return Optional.of(processes);
    }

    private static Optional<String> process(Pattern pattern, String id) {
        Matcher matcher = pattern.matcher(id);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static <T> T get(KafkaFuture<T> answer) throws ExecutionException, InterruptedException, TimeoutException {
        return answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
