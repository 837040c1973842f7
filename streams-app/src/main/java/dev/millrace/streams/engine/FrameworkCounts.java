package dev.millrace.streams.engine;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedOffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes out what becomes of a partition's frameworks and their offers from what the core says and stores. An offer that goes without being
 * rescinded was answered. Mutable; owned by the thread that drives the engine.
 */
public final class FrameworkCounts implements StepObserver {
    private final FrameworkMeter meter;
    /** When the offers that are out were made, in ms of elapsed time, by their keys in the store. */
    private final Map<String, Long> madeMs = new HashMap<>();

    private final Map<String, FrameworkState> states = new HashMap<>();
    private final EnumMap<FrameworkState, Integer> frameworks = new EnumMap<>(FrameworkState.class);
    private long elapsedMs;

    public FrameworkCounts(FrameworkMeter meter) {
        this.meter = meter;
    }

    @Override
    public void restored(SpecificRecord record) {
        if (record instanceof SavedClock clock) {
            elapsedMs = clock.getElapsedMs();
        } else if (record instanceof SavedOffer offer) {
            madeMs.put(offer.getPool() + '/' + offer.getOfferId(), offer.getMadeMs());
            meter.offersOut(madeMs.size());
        } else if (record instanceof SavedFramework framework) {
            enter(framework.getPool() + '/' + framework.getFrameworkId(), framework.getState());
        }
    }

    @Override
    public void decided(Input input, List<Message> messages, List<Change> changes) {
        Set<String> rescinded = rescinded(messages);
        boolean accepted = input.value() instanceof AcceptOffers accept
                && !accept.getOperations().isEmpty();
        int made = 0;
        int out = madeMs.size();
        for (Change change : changes) {
            if (change.value() instanceof SavedClock clock) {
                elapsedMs = clock.getElapsedMs();
            } else if (change.store() == Store.FRAMEWORKS) {
                enter(change.key(), change.value() instanceof SavedFramework framework ? framework.getState() : null);
            } else if (change.value() instanceof SavedOffer offer) {
                made += madeMs.put(change.key(), offer.getMadeMs()) == null ? 1 : 0;
            } else if (change.store() == Store.OFFERS) {
                Long sinceMs = madeMs.remove(change.key());
                if (sinceMs != null && !rescinded.contains(change.key())) {
                    meter.offerAnswered(accepted, elapsedMs - sinceMs);
                }
            }
        }
        if (made > 0) {
            meter.offersMade(made);
        }
        if (made > 0 || madeMs.size() != out) {
            meter.offersOut(madeMs.size());
        }
    }

    /** The keys of the offers that were taken back. What frameworks were told is counted on the way. */
    private Set<String> rescinded(List<Message> messages) {
        Set<String> rescinded = Set.of();
        for (Message message : messages) {
            if (message.topic() != Topic.RESOURCE_OFFERS) {
                continue;
            }
            if (message.value() instanceof OffersRescinded offers) {
                rescinded = rescinded.isEmpty() ? new HashSet<>() : rescinded;
                for (String id : offers.getOfferIds()) {
                    rescinded.add(offers.getPool() + '/' + id);
                }
                meter.offersRescinded(offers.getReason(), offers.getOfferIds().size());
            } else if (message.value() instanceof FrameworkError error
                    && !error.getCall().isEmpty()) {
                meter.callRefused(error.getReason());
            }
        }
        return rescinded;
    }

    /** Notes a framework's state; null = it is forgotten. */
    private void enter(String key, @Nullable FrameworkState state) {
        FrameworkState before = state == null ? states.remove(key) : states.put(key, state);
        if (before != state) {
            count(before, -1);
            count(state, 1);
        }
    }

    private void count(@Nullable FrameworkState state, int more) {
        if (state != null) {
            meter.frameworksIn(state, frameworks.merge(state, more, Integer::sum));
        }
    }
}
