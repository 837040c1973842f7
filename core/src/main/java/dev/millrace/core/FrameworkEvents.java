package dev.millrace.core;

import dev.millrace.contract.FrameworkChanged;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Subscribed;
import dev.millrace.schemas.FrameworkCall;
import dev.millrace.schemas.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;

/**
 * Tells frameworks what is so. Offers are gathered during a step and told at its end, those of one framework together. Mutable; owned by the
 * stream thread.
 */
final class FrameworkEvents {
    private static final int OFFERS_PER_EVENT = 50;
    /** No record may have more than about a million bytes, and a character has three at the most. */
    private static final int MOST_CHARACTERS_PER_EVENT = 100_000;

    /** An offer names so many of a framework's executors there, and of the role's reservations. */
    private static final int MOST_NAMED = 50;

    private record RescindedKey(String frameworkId, Reason reason) implements Comparable<RescindedKey> {
        @Override
        public int compareTo(RescindedKey other) {
            int byId = frameworkId.compareTo(other.frameworkId);
            return byId != 0 ? byId : reason.compareTo(other.reason);
        }
    }

    private final PoolState state;
    private final TreeMap<String, List<OpenOffer>> made = new TreeMap<>();
    private final TreeMap<RescindedKey, List<String>> rescinded = new TreeMap<>();

    FrameworkEvents(PoolState state) {
        this.state = state;
    }

    /** An offer was made, or is to be told once more. */
    void made(OpenOffer offer) {
        made.computeIfAbsent(offer.subscription.framework.id, id -> new ArrayList<>())
                .add(offer);
    }

    /** An offer was taken back. */
    void rescinded(OpenOffer offer, Reason reason) {
        rescinded
                .computeIfAbsent(new RescindedKey(offer.subscription.framework.id, reason), key -> new ArrayList<>())
                .add(offer.id());
        List<OpenOffer> toTell = made.get(offer.subscription.framework.id);
        if (toTell != null && toTell.remove(offer) && toTell.isEmpty()) {
            made.remove(offer.subscription.framework.id);
        }
    }

    /** Tells what was gathered. */
    void tell(Outbox out) {
        for (Map.Entry<RescindedKey, List<String>> entry : rescinded.entrySet()) {
            send(
                    entry.getKey().frameworkId(),
                    new OffersRescinded(
                            state.pool,
                            entry.getKey().frameworkId(),
                            entry.getValue(),
                            entry.getKey().reason(),
                            now()),
                    out);
        }
        rescinded.clear();
        for (List<OpenOffer> offers : made.values()) {
            // One that was to be told once more can have been taken back since.
            List<OpenOffer> open = offers.stream()
                    .filter(offer -> state.frameworks.offer(offer.id()) == offer)
                    .toList();
            if (!open.isEmpty()) {
                tellMade(open, out);
            }
        }
        made.clear();
    }

    /** Answers a Subscribe that was taken, or says that its terms are others. */
    void subscribed(Framework framework, boolean again, Outbox out) {
        send(
                framework.id,
                new Subscribed(
                        state.pool,
                        framework.id,
                        framework.incarnation,
                        state.settings.getHeartbeatIntervalMs(),
                        state.settings.getUnreachableTimeoutMs(),
                        again,
                        framework.tasks.size(),
                        now()),
                out);
    }

    /** Says that a call is not taken; if it is fatal, that this scheduler is not listened to any more. */
    void error(
            FrameworkCall caller,
            String call,
            String subject,
            boolean fatal,
            Reason reason,
            String message,
            Outbox out) {
        FrameworkError error = new FrameworkError(
                state.pool, caller.frameworkId(), caller.incarnation(), call, fatal, reason, message, now(), subject);
        send(caller.frameworkId(), error, out);
    }

    /** Says that this scheduler is not listened to any more, and not because of a call. */
    void over(Framework framework, Reason reason, String message, Outbox out) {
        error(new FrameworkCall(framework.id, framework.incarnation), "", "", true, reason, message, out);
    }

    /** Tells all who have something there that an agent is gone. */
    void agentGone(Agent agent, Cause cause, Outbox out) {
        TreeSet<String> concerned = new TreeSet<>();
        agent.offers.values().forEach(offer -> concerned.add(offer.subscription.framework.id));
        agent.executors.values().forEach(executor -> concerned.add(executor.frameworkId));
        agent.tasks.values().forEach(task -> concerned.add(task.frameworkId));
        for (String id : concerned) {
            if (state.frameworks.get(id) != null) {
                send(
                        id,
                        new FrameworkFailure(
                                state.pool, id, agent.id, "", null, null, cause.reason(), cause.message(), now()),
                        out);
            }
        }
    }

    /** Publishes what a framework has become. */
    void changed(Framework framework, FrameworkState now, Reason reason, String message, Outbox out) {
        FrameworkChanged changed = new FrameworkChanged(
                state.pool, framework.id, framework.name, now, reason, message, framework.tasks.size(), now());
        out.send(Topic.DECISIONS, framework.id, changed);
    }

    void send(String frameworkId, SpecificRecord event, Outbox out) {
        out.send(Topic.RESOURCE_OFFERS, frameworkId, event);
    }

    Instant now() {
        return Instant.ofEpochMilli(state.clocks.wallMs());
    }

    private void tellMade(List<OpenOffer> offers, Outbox out) {
        Framework framework = offers.get(0).subscription.framework;
        List<Offer> batch = new ArrayList<>();
        int characters = 0;
        for (OpenOffer open : offers) {
            Offer offer = offer(open);
            int size = characters(offer);
            if (batch.size() == OFFERS_PER_EVENT
                    || (!batch.isEmpty() && characters + size > MOST_CHARACTERS_PER_EVENT)) {
                sendMade(framework, batch, out);
                batch = new ArrayList<>();
                characters = 0;
            }
            batch.add(offer);
            characters += size;
        }
        sendMade(framework, batch, out);
    }

    private void sendMade(Framework framework, List<Offer> batch, Outbox out) {
        send(framework.id, new OffersMade(state.pool, framework.id, framework.incarnation, batch, now()), out);
    }

    /** About how many characters the offer has when it is written, numbers counted as ten. */
    private static int characters(Offer offer) {
        int characters = 1_000
                + 20 * offer.getResources().getPorts().size()
                + 80 * offer.getResources().getScalars().size()
                + characters(offer.getAttributes());
        for (String id : offer.getExecutorIds()) {
            characters += id.length();
        }
        for (Reservation reservation : offer.getReservations()) {
            characters +=
                    200 + 80 * reservation.getResources().getScalars().size() + characters(reservation.getLabels());
        }
        return characters;
    }

    private static int characters(List<KeyValue> values) {
        int characters = 0;
        for (KeyValue value : values) {
            characters += value.getKey().length() + value.getValue().length();
        }
        return characters;
    }

    private Offer offer(OpenOffer offer) {
        Agent agent = offer.agent;
        String frameworkId = offer.subscription.framework.id;
        return new Offer(
                offer.id(),
                offer.subscription.role(),
                agent.id,
                agent.hostname,
                offer.resources,
                named(agent.reservationsOf(offer.subscription.role())),
                agent.attributes(),
                named(agent.executorsOf(frameworkId)),
                state.settings.getOfferTimeoutMs());
    }

    private static <T> List<T> named(List<T> all) {
        return all.size() <= MOST_NAMED ? all : List.copyOf(all.subList(0, MOST_NAMED));
    }
}
