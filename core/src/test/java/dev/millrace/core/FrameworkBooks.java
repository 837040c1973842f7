package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkChanged;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.UpdateFramework;
import dev.millrace.schemas.FrameworkCall;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import dev.millrace.state.SavedOffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;

/**
 * Follows what frameworks say and are told as they would themselves, and fails when an offer is made that should not be, is told otherwise than it
 * is stored, or is used twice, and when an operation or a task is not answered exactly once.
 */
final class FrameworkBooks {
    private static final long LEAST_REFUSE_MS = 1_000;
    private static final int FENCED_KEPT = 16;

    /** What a framework wants in a role. */
    private static final class Wish {
        FrameworkRole wants;
        boolean suppressed;
        /** How many units it wants, those that are offered included; null = any number. */
        Long units;

        Wish(FrameworkRole wants) {
            this.wants = wants;
            suppressed = wants.getSuppressed();
            units = wants.getUnitsWanted() == null ? null : (long) wants.getUnitsWanted();
        }
    }

    private static final class Known {
        long incarnation;
        /** The processes that were followed by others, the last first. */
        final List<Long> fenced = new ArrayList<>();

        FrameworkState state = FrameworkState.FRAMEWORK_ACTIVE;
        final TreeMap<String, Wish> wishes = new TreeMap<>();
    }

    private final OfferBooks books;
    private final TreeMap<String, Known> frameworks = new TreeMap<>();
    /** The offers that frameworks know of and neither used nor gave back, by id. */
    private final TreeMap<String, Offer> told = new TreeMap<>();

    private final Map<String, String> owners = new TreeMap<>();
    private final Set<String> spent = new HashSet<>();
    private final TreeMap<String, SavedFilter> filters = new TreeMap<>();

    private final Set<String> setInThisStep = new HashSet<>();
    /** By framework/role: what valid filters bear. */
    private final Map<String, Long> epochs = new TreeMap<>();
    /** Until when nothing like it may be offered, by framework/agent/role. */
    private final TreeMap<String, Long> refused = new TreeMap<>();

    FrameworkBooks(OfferBooks books) {
        this.books = books;
    }

    /** The offers that the framework knows of. */
    List<Offer> offers(String frameworkId) {
        return told.values().stream()
                .filter(offer -> frameworkId.equals(owners.get(offer.getOfferId())))
                .toList();
    }

    long incarnation(String frameworkId) {
        Known known = frameworks.get(frameworkId);
        return known == null ? 0 : known.incarnation;
    }

    /** The roles that it takes offers in. */
    List<String> roles(String frameworkId) {
        Known known = frameworks.get(frameworkId);
        return known == null ? List.of() : List.copyOf(known.wishes.keySet());
    }

    boolean hasUnit(String frameworkId, String role) {
        return frameworks.get(frameworkId).wishes.get(role).wants.getUnit() != null;
    }

    /** Enters what a step has done, and checks it. The other books must have been entered already. */
    void enter(SpecificRecord input, Outbox out, long elapsedMs) {
        FrameworkCall call = FrameworkCall.of(input).orElse(null);
        boolean taken = call != null && isTaken(call, input, out);
        if (input instanceof AcceptOffers accept) {
            checkAnswers(accept, taken, out);
        }
        setInThisStep.clear();
        for (Change change : out.changes()) {
            enter(change);
        }
        if (taken) {
            enter(call, input, elapsedMs, out);
        }
        Set<String> made = new TreeSet<>();
        for (Message message : out.messages()) {
            enter(message, made);
        }
        checkOffers(made, elapsedMs);
    }

    /** Whether a call came from the scheduler that is listened to; what is said to others must be so. */
    private boolean isTaken(FrameworkCall call, SpecificRecord input, Outbox out) {
        String name = input.getSchema().getName();
        List<FrameworkError> errors = new ArrayList<>();
        for (Message message : out.messages()) {
            if (message.value() instanceof FrameworkError error
                    && error.getCall().equals(name)
                    && error.getFrameworkId().equals(call.frameworkId())
                    && error.getIncarnation() == call.incarnation()) {
                errors.add(error);
            }
        }
        if (errors.stream().anyMatch(error -> error.getReason() == Reason.REASON_RATE_LIMITED)) {
            return false;
        }
        Known known = frameworks.get(call.frameworkId());
        boolean over = known != null && known.state == FrameworkState.FRAMEWORK_TEARDOWN;
        boolean fenced = known != null
                && known.fenced
                        .subList(0, Math.min(FENCED_KEPT, known.fenced.size()))
                        .contains(call.incarnation());
        boolean refusable = input instanceof Subscribe
                ? over || fenced
                : known == null || over || known.incarnation != call.incarnation();
        assertThat(errors.stream().anyMatch(FrameworkError::getFatal))
                .as("%s is refused for good", input)
                .isEqualTo(refusable);
        return errors.isEmpty();
    }

    private void enter(Change change) {
        if (change.store() == Store.FILTERS) {
            String key = change.key().substring(change.key().indexOf('/') + 1);
            if (change.value() instanceof SavedFilter filter) {
                setInThisStep.add(key);
                SavedFilter before = filters.put(key, filter);
                // One for less than is declined now holds no longer.
                if (before != null && !Amount.of(before.getResources()).covers(Amount.of(filter.getResources()))) {
                    refused.remove(key);
                }
            } else {
                filters.remove(key);
            }
        } else if (change.value() instanceof SavedFramework framework) {
            for (SavedFrameworkRole role : framework.getRoles()) {
                epochs.put(framework.getFrameworkId() + '/' + role.getWants().getRole(), role.getEpoch());
            }
        }
    }

    /** What is stored of what a framework declined, unless that is void since; null = there is nothing. */
    private SavedFilter filter(String key) {
        String[] parts = key.split("/", 3);
        SavedFilter filter = filters.get(key);
        Long epoch = epochs.get(parts[0] + '/' + parts[2]);
        return filter != null && epoch != null && epoch == filter.getEpoch() ? filter : null;
    }

    private void enter(FrameworkCall call, SpecificRecord input, long elapsedMs, Outbox out) {
        Known known = frameworks.computeIfAbsent(call.frameworkId(), id -> new Known());
        if (input instanceof Subscribe subscribe) {
            if (known.incarnation != subscribe.getIncarnation()) {
                if (known.incarnation != 0) {
                    known.fenced.add(0, known.incarnation);
                }
                known.incarnation = subscribe.getIncarnation();
                takeRoles(call.frameworkId(), known, subscribe.getRoles());
            }
            known.state = FrameworkState.FRAMEWORK_ACTIVE;
        } else if (input instanceof UpdateFramework update) {
            takeRoles(call.frameworkId(), known, update.getRoles());
        } else if (input instanceof ReviveOffers revive) {
            for (String role : revive.getRoles().isEmpty() ? known.wishes.keySet() : revive.getRoles()) {
                Wish wish = known.wishes.get(role);
                wish.suppressed = false;
                wish.units = revive.getUnitsWanted() == null ? wish.units : Long.valueOf(revive.getUnitsWanted());
                refused.keySet().removeIf(key -> isOf(key, call.frameworkId(), role));
                assertThat(filters.keySet())
                        .as("filters after a revival")
                        .noneMatch(key -> isOf(key, call.frameworkId(), role) && filter(key) != null);
            }
        } else if (input instanceof SuppressOffers suppress) {
            for (String role : suppress.getRoles().isEmpty() ? known.wishes.keySet() : suppress.getRoles()) {
                known.wishes.get(role).suppressed = true;
            }
        } else if (input instanceof DeclineOffers decline) {
            for (String id : decline.getOfferIds()) {
                if (call.frameworkId().equals(owners.get(id)) && told.containsKey(id)) {
                    refuse(call.frameworkId(), told.get(id), decline.getOfferIds(), decline.getRefuseMs(), elapsedMs);
                    spend(id);
                }
            }
        } else if (input instanceof AcceptOffers accept) {
            accept(call.frameworkId(), accept, elapsedMs, out);
        }
    }

    private void takeRoles(String frameworkId, Known known, List<FrameworkRole> roles) {
        TreeMap<String, Wish> before = new TreeMap<>(known.wishes);
        known.wishes.clear();
        for (FrameworkRole role : roles) {
            known.wishes.put(role.getRole(), new Wish(role));
            before.remove(role.getRole());
        }
        for (String left : before.keySet()) {
            refused.keySet().removeIf(key -> isOf(key, frameworkId, left));
        }
    }

    private static boolean isOf(String filterKey, String frameworkId, String role) {
        String[] parts = filterKey.split("/", 3);
        return parts[0].equals(frameworkId) && parts[2].equals(role);
    }

    private void accept(String frameworkId, AcceptOffers accept, long elapsedMs, Outbox out) {
        List<Offer> used = new ArrayList<>();
        for (String id : accept.getOfferIds()) {
            if (frameworkId.equals(owners.get(id)) && told.containsKey(id)) {
                used.add(told.get(id));
            }
        }
        boolean dropped = isDropped(frameworkId, accept);
        if (!dropped) {
            Offer first = used.get(0);
            Amount left = Amount.sum(
                    used.stream().map(offer -> Amount.of(offer.getResources())).toList());
            take(left, out);
            countUnits(frameworkId, first.getRole(), used, left);
            refuse(frameworkId, first, accept.getOfferIds(), accept.getRefuseMs(), elapsedMs);
        }
        used.forEach(offer -> spend(offer.getOfferId()));
    }

    /** Takes what a step has launched, and the executors that it began, off the amount. */
    private static void take(Amount left, Outbox out) {
        List<LaunchTask> launches = launches(out);
        launches.forEach(launch -> left.subtract(Amount.of(launch.getRequest())));
        for (Change change : out.changes()) {
            if (change.value() instanceof SavedExecutor begun) {
                ExecutorSpec spec = begun.getExecutor();
                left.subtract(Amount.of(spec.getResources()));
            }
        }
    }

    private static List<LaunchTask> launches(Outbox out) {
        List<LaunchTask> launches = new ArrayList<>();
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch
                    && !launch.getFrameworkId().isEmpty()) {
                launches.add(launch);
            } else if (message.value() instanceof LaunchTaskGroup group) {
                launches.addAll(group.getTasks());
            }
        }
        return launches;
    }

    private void countUnits(String frameworkId, String role, List<Offer> used, Amount left) {
        Wish wish = frameworks.get(frameworkId).wishes.get(role);
        if (wish == null || wish.units == null) {
            return;
        }
        Amount unit = Amount.of(wish.wants.getUnit());
        unit.ports = wish.wants.getUnitPorts();
        long offered = 0;
        for (Offer offer : used) {
            offered += books.earlierOffer(offer.getOfferId()).getUnits();
        }
        wish.units = Math.max(0, wish.units - (offered - left.unitsOf(unit, offered)));
    }

    /** Where nothing was left open, be it that it is held for others, there is no filter, since whatever comes is more than that. */
    private void refuse(String frameworkId, Offer offer, List<String> offerIds, long refuseMs, long elapsedMs) {
        String key = key(frameworkId, offer.getAgentId(), offer.getRole());
        SavedFilter filter = filter(key);
        if (filter != null && setInThisStep.contains(key)) {
            refused.put(key, elapsedMs + Math.max(LEAST_REFUSE_MS, refuseMs));
            assertThat(books.leftBefore(offer.getAgentId(), offerIds).covers(Amount.of(filter.getResources())))
                    .as("%s is not more than could be left open", filter)
                    .isTrue();
        }
    }

    private static String key(String frameworkId, String agentId, String role) {
        return frameworkId + '/' + agentId + '/' + role;
    }

    private void spend(String offerId) {
        told.remove(offerId);
        assertThat(spent.add(offerId))
                .as("%s is used for the first time", offerId)
                .isTrue();
    }

    private void enter(Message message, Set<String> made) {
        if (message.value() instanceof OffersMade offers) {
            Known known = frameworks.get(offers.getFrameworkId());
            assertThat(offers.getIncarnation()).as("incarnation of %s", offers).isEqualTo(known.incarnation);
            for (Offer offer : offers.getOffers()) {
                enter(offers.getFrameworkId(), offer, made);
            }
        } else if (message.value() instanceof OffersRescinded rescinded) {
            for (String id : rescinded.getOfferIds()) {
                assertThat(owners.get(id)).as("owner of rescinded %s", id).isEqualTo(rescinded.getFrameworkId());
                spend(id);
            }
        } else if (message.value() instanceof AgentChanged changed && changed.getState() == AgentState.AGENT_REMOVED) {
            refused.keySet().removeIf(key -> key.split("/", 3)[1].equals(changed.getAgentId()));
        } else if (message.value() instanceof FrameworkChanged changed) {
            if (changed.getState() == FrameworkState.FRAMEWORK_REMOVED) {
                frameworks.remove(changed.getFrameworkId());
                refused.keySet().removeIf(key -> key.startsWith(changed.getFrameworkId() + '/'));
            } else {
                Known known = frameworks.get(changed.getFrameworkId());
                known.state = changed.getState();
                if (known.state == FrameworkState.FRAMEWORK_TEARDOWN) {
                    known.wishes.clear();
                    refused.keySet().removeIf(key -> key.startsWith(changed.getFrameworkId() + '/'));
                }
            }
        }
    }

    private void enter(String frameworkId, Offer offer, Set<String> made) {
        assertThat(spent).as("offers that are over").doesNotContain(offer.getOfferId());
        Offer before = told.put(offer.getOfferId(), offer);
        if (before != null) {
            assertThat(before.getResources()).as("%s told again", offer).isEqualTo(offer.getResources());
            return;
        }
        owners.put(offer.getOfferId(), frameworkId);
        made.add(offer.getOfferId());
    }

    private void checkOffers(Set<String> made, long elapsedMs) {
        assertThat(books.offers().keySet()).as("offers that are stored").isEqualTo(told.keySet());
        for (String id : made) {
            checkMade(books.offers().get(id), told.get(id));
        }
        for (Map.Entry<String, Long> entry : refused.entrySet()) {
            SavedFilter filter = filter(entry.getKey());
            if (entry.getValue() > elapsedMs) {
                assertThat(filter).as("filter of %s", entry).isNotNull();
                assertThat(filter.getUntilMs()).as("end of %s", filter).isGreaterThanOrEqualTo(entry.getValue());
            }
        }
        refused.values().removeIf(untilMs -> untilMs <= elapsedMs);
    }

    private void checkMade(SavedOffer stored, Offer offer) {
        assertThat(stored.getResources()).isEqualTo(offer.getResources());
        assertThat(stored.getAgentId()).isEqualTo(offer.getAgentId());
        Known known = frameworks.get(stored.getFrameworkId());
        assertThat(known.state).as("who is offered %s", offer).isEqualTo(FrameworkState.FRAMEWORK_ACTIVE);
        Wish wish = known.wishes.get(stored.getRole());
        assertThat(wish).as("wish for %s", offer).isNotNull();
        assertThat(wish.suppressed).as("suppressed, with %s", offer).isFalse();
        SavedFilter filter = filter(key(stored.getFrameworkId(), stored.getAgentId(), stored.getRole()));
        Amount amount = Amount.of(offer.getResources());
        assertThat(filter != null && Amount.of(filter.getResources()).covers(amount))
                .as("%s is within %s", offer, filter)
                .isFalse();
        if (wish.units != null) {
            long out = 0;
            for (SavedOffer other : books.offers().values()) {
                if (other.getFrameworkId().equals(stored.getFrameworkId())
                        && other.getRole().equals(stored.getRole())) {
                    out += other.getUnits();
                }
            }
            assertThat(out).as("units offered in %s", stored).isLessThanOrEqualTo(wish.units);
        }
    }

    private boolean isDropped(String frameworkId, AcceptOffers accept) {
        Offer first = null;
        for (String id : accept.getOfferIds()) {
            Offer offer = told.get(id);
            if (offer == null || !frameworkId.equals(owners.get(id))) {
                return true;
            }
            first = first == null ? offer : first;
            if (!offer.getAgentId().equals(first.getAgentId())
                    || !offer.getRole().equals(first.getRole())) {
                return true;
            }
        }
        return false;
    }

    /** Each operation has one answer, and each of its tasks one first status, which says whether it was launched. */
    private void checkAnswers(AcceptOffers accept, boolean taken, Outbox out) {
        boolean dropped = !taken || isDropped(accept.getFrameworkId(), accept);
        List<OperationUpdated> updates = new ArrayList<>();
        List<TaskStatus> answers = new ArrayList<>();
        for (Message message : out.messages()) {
            if (message.value() instanceof OperationUpdated updated) {
                updates.add(updated);
            } else if (message.value() instanceof TaskStatus status
                    && status.getFrameworkId().equals(accept.getFrameworkId())
                    && status.getSequence() <= 1) {
                answers.add(status);
            }
        }
        assertThat(updates)
                .extracting(OperationUpdated::getIndex)
                .as("answers to %s", accept)
                .containsExactlyElementsOf(
                        IntStream.range(0, accept.getOperations().size())
                                .boxed()
                                .toList());
        List<String> asked = new ArrayList<>();
        for (OfferOperation operation : accept.getOperations()) {
            operation.getTasks().stream().map(TaskRequest::getTaskId).forEach(asked::add);
        }
        assertThat(answers)
                .extracting(TaskStatus::getTaskId)
                .as("tasks that are answered for")
                .containsExactlyElementsOf(asked);
        assertThat(launches(out))
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactlyElementsOf(answers.stream()
                        .filter(answer -> answer.getSequence() == 1)
                        .map(TaskStatus::getTaskId)
                        .toList());
        assertThat(updates)
                .as("answers to %s", accept)
                .allMatch(updated -> (updated.getState() == OperationState.OPERATION_DROPPED) == dropped);
        assertThat(answers)
                .as("answers to %s", accept)
                .allMatch(answer -> !dropped || answer.getSequence() == 0)
                .allMatch(answer -> answer.getState() == TaskState.TASK_QUEUED || answer.getSequence() == 0);
    }
}
