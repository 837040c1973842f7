package dev.millrace.streams;

import dev.millrace.streams.GroupTransactions.Member;
import dev.millrace.streams.GroupTransactions.Open;
import dev.millrace.streams.GroupTransactions.UnansweredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts what instances that are no longer in the group have left open. An instance that was killed leaves a transaction, and until that is
 * aborted its successor can't know where to go on, and nobody can read past it: the broker would do it after the transaction timeout, at the
 * next of its looks, which on a stock broker are ten seconds apart. To abort it sooner can do no harm: whoever is wrongly taken for dead
 * finds itself fenced, as it would after the timeout, and joins again.
 *
 * <p>That can happen in a window: between the last answer about who is in the group and the end of the fencing, which is given no more than
 * {@link BrokerTransactions#TIMEOUT_MS}. An instance whose session is over and that is started again on its state directory just then bears the
 * same transactional id, and may be fenced in its first transaction. It loses that one and decides the same once more. It can also happen to an
 * instance that was started under this one's instance id, until this one finds out and ends.
 *
 * <p>Transactions bear the names of processes, and so do members, but with one exception: an instance that is started anew in another state
 * directory before its session is over takes its predecessor's place in the group, and that goes on bearing the predecessor's name. So, where other
 * instances have a place, only a process that this one has seen as a member can be said to be dead. What the rest leave is aborted by the broker in
 * time.
 *
 * <p>It looks while the group is being shared out anew, less and less often, and once thereafter. Has a thread of its own; thread-safe.
 */
final class DeadTransactions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadTransactions.class);

    private static final Pace PACE = new Pace(Duration.ofMillis(250), Duration.ofSeconds(2));

    /** How often a last look is repeated that failed. By then the brokers have aborted by themselves what there was. */
    private static final int MOST_REPEATED = 15;

    private static final String PROCESS = "-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-";

    private final GroupTransactions transactions;
    private final String instanceId;
    /** Empty where a {@code client.id} was given, and nobody can be told from others. */
    private final Optional<String> ownProcess;

    private final Pace pace;
    private final Pattern transactionalId;
    private final Pattern clientId;
    private final ScheduledExecutorService executor;
    /** Processes that were members when they were last asked for. The executor's thread's, as is the next. */
    private Set<String> present = Set.of();
    /** Those, and processes that were members and may have a transaction open. */
    private final Set<String> seen = new HashSet<>();

    private boolean sharingOut;
    /** Which look is to come; those that were to come before are left out. */
    private int next;

    private boolean planned;
    private boolean underWay;
    /** Was the group shared out anew since the look that is under way began? */
    private boolean missed;

    private Duration pause;
    private int repeated;
    private boolean warned;

    /** How long after a rebalance has begun it looks first, and how long it pauses at the most; each pause is twice the one before. */
    record Pace(Duration first, Duration longest) {
        Duration after(Duration pause) {
            Duration twice = pause.multipliedBy(2);
            return twice.compareTo(longest) < 0 ? twice : longest;
        }
    }

    /**
     * One that aborts nothing of its own.
     *
     * @param instanceId this instance's
     * @param ownClientId that of one of this instance's stream threads
     */
    DeadTransactions(Admin admin, String group, String instanceId, String ownClientId) {
        this(new BrokerTransactions(admin, group), group, instanceId, ownClientId, PACE);
    }

    /** One that asks others, at another pace, for tests. */
    DeadTransactions(GroupTransactions transactions, String group, String instanceId, String ownClientId, Pace pace) {
        this.transactions = transactions;
        this.instanceId = instanceId;
        this.pace = pace;
        this.pause = pace.first();
        // Kafka Streams names both after the process, unless a client.id is given.
        transactionalId = Pattern.compile(Pattern.quote(group) + PROCESS + "[0-9]+");
        clientId = Pattern.compile(Pattern.quote(group) + PROCESS + "StreamThread-.*");
        ownProcess = process(clientId, ownClientId);
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "dead-transactions");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The group is being shared out anew: somebody may have gone. */
    synchronized void sharingOut() {
        sharingOut = true;
        pause = pace.first();
        repeated = 0;
        warned = false;
        // If a look is under way, it does not know of this, and is followed by another one.
        if (underWay) {
            missed = true;
        } else {
            later();
        }
    }

    /** All that this instance was given goes on. */
    synchronized void sharedOut() {
        sharingOut = false;
    }

    /** Whether no look is under way or to come. */
    synchronized boolean isAtRest() {
        return !underWay && !planned;
    }

    private synchronized void later() {
        if (!executor.isShutdown()) {
            next++;
            planned = true;
            int number = next;
            ScheduledFuture<?> unused = executor.schedule(() -> look(number), pause.toMillis(), TimeUnit.MILLISECONDS);
            pause = pace.after(pause);
        }
    }

    private void look(int number) {
        boolean again;
        synchronized (this) {
            if (number != next) {
                return;
            }
            planned = false;
            underWay = true;
            missed = false;
            again = sharingOut;
        }
        List<String> failed;
        try {
            failed = abort(!again);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (this) {
            underWay = false;
            failed.forEach(this::warn);
            if (again || missed || sharingOut) {
                later();
            } else if (!failed.isEmpty() && repeated < MOST_REPEATED) {
                repeated++;
                later();
            }
        }
    }

    /** Once for each time that the group is shared out: where brokers are away it fails again and again. */
    private synchronized void warn(String failure) {
        if (warned) {
            LOG.debug("once more: {}", failure);
        } else {
            LOG.warn("cannot abort all that dead instances left open, which readers then wait for: {}", failure);
        }
        warned = true;
    }

    /**
     * Aborts what it can find.
     *
     * @param last whether the group was not being shared out any more when this began
     * @return what failed, in words; empty if nothing that it could find is left
     */
    private List<String> abort(boolean last) throws InterruptedException {
        try {
            Open open = transactions.open();
            List<String> failed = new ArrayList<>(open.unanswered());
            Set<String> dead = dead(open.transactionalIds());
            if (!dead.isEmpty()) {
                // Once more, right before it is done: whoever has come meanwhile is spared.
                dead = dead(dead);
            }
            if (!dead.isEmpty()) {
                List<String> notFenced = transactions.fence(dead);
                failed.addAll(notFenced);
                if (notFenced.isEmpty()) {
                    LOG.info("aborted what instances that have gone had left open: {}", dead);
                }
            }
            // A broker that has just taken over from another one may not know at once what that one did.
            if (last && failed.isEmpty()) {
                seen.retainAll(present);
            }
            return failed;
        } catch (UnansweredException e) {
            return List.of(e.getMessage());
        } catch (RuntimeException e) {
            return List.of(e.toString());
        }
    }

    /** Those of the group's transactional ids whose processes are certainly no members. */
    private Set<String> dead(Set<String> open) throws UnansweredException, InterruptedException {
        if (ownProcess.isEmpty()) {
            return Set.of();
        }
        Map<String, String> byId = new TreeMap<>();
        for (String id : open) {
            process(transactionalId, id).ifPresent(process -> byId.put(id, process));
        }
        Set<String> all = new HashSet<>();
        Set<String> others = new HashSet<>();
        for (Member member : transactions.members()) {
            Optional<String> process = process(clientId, member.clientId());
            if (process.isEmpty()) {
                // Of one that does not tell its process nobody can say what it is not.
                return Set.of();
            }
            all.add(process.get());
            if (!GroupMembership.isOf(instanceId, member.instanceId())) {
                others.add(process.get());
            }
        }
        present = all;
        seen.addAll(all);
        byId.values().removeIf(process -> process.equals(ownProcess.get()) || others.contains(process));
        if (!others.isEmpty()) {
            byId.values().retainAll(seen);
        }
        return byId.keySet();
    }

    private static Optional<String> process(Pattern pattern, String id) {
        Matcher matcher = pattern.matcher(id);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
