package dev.millrace.core;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/** A framework as tests play it: what it says, and which offers it knows of. */
final class FrameworkFixture {
    final String id;
    final long incarnation;
    private final Harness harness;
    private final Set<String> answered = new HashSet<>();

    FrameworkFixture(Harness harness, String id, long incarnation) {
        this.harness = harness;
        this.id = id;
        this.incarnation = incarnation;
    }

    static FrameworkRole.Builder role(String role) {
        return FrameworkRole.newBuilder().setRole(role);
    }

    Subscribe.Builder subscription(FrameworkRole... roles) {
        return Subscribe.newBuilder()
                .setPool(Requests.POOL)
                .setFrameworkId(id)
                .setIncarnation(incarnation)
                .setRoles(List.of(roles));
    }

    FrameworkFixture subscribe(FrameworkRole... roles) {
        harness.on(subscription(roles).build());
        return this;
    }

    /** Subscribes to one role and wants all that there is. */
    FrameworkFixture subscribe(String role) {
        return subscribe(role(role).build());
    }

    /** The offers that it was told of and that were not rescinded, answered or not. */
    List<Offer> offers() {
        Map<String, Offer> offers = new LinkedHashMap<>();
        for (OffersMade made : harness.sent(OffersMade.class)) {
            if (made.getFrameworkId().equals(id)) {
                made.getOffers().forEach(offer -> offers.put(offer.getOfferId(), offer));
            }
        }
        for (OffersRescinded rescinded : harness.sent(OffersRescinded.class)) {
            rescinded.getOfferIds().forEach(offers::remove);
        }
        return new ArrayList<>(offers.values());
    }

    /** Of them, those that it has not answered. */
    List<Offer> unanswered() {
        return offers().stream()
                .filter(offer -> !answered.contains(offer.getOfferId()))
                .toList();
    }

    Offer lastOffer() {
        List<Offer> offers = offers();
        return offers.get(offers.size() - 1);
    }

    void launch(Offer offer, TaskRequest... tasks) {
        accept(List.of(offer), operation(OperationType.LAUNCH, tasks));
    }

    void accept(List<Offer> offers, OfferOperation... operations) {
        harness.on(new AcceptOffers(Requests.POOL, id, incarnation, answer(offers), List.of(operations), 5_000L));
    }

    void decline(long refuseMs, Offer... offers) {
        harness.on(new DeclineOffers(Requests.POOL, id, incarnation, answer(List.of(offers)), refuseMs));
    }

    void heartbeat() {
        harness.on(new FrameworkHeartbeat(Requests.POOL, id, incarnation));
    }

    /** Lets time pass while it and these agents, in their first incarnation, go on sending heartbeats. */
    void stay(long ms, String... agents) {
        for (long passed = 0; passed < ms; passed += 5_000) {
            heartbeat();
            for (String agent : agents) {
                harness.on(Requests.heartbeat(agent, 1));
            }
            harness.pass(Math.min(5_000, ms - passed));
        }
    }

    static OfferOperation operation(OperationType type, TaskRequest... tasks) {
        return new OfferOperation(type, "", List.of(tasks), null);
    }

    <T extends SpecificRecord> List<T> told(Class<T> type) {
        return harness.sent(type).stream()
                .filter(event -> id.equals(
                        event.get(event.getSchema().getField("frameworkId").pos())))
                .toList();
    }

    private List<String> answer(List<Offer> offers) {
        List<String> ids = offers.stream().map(Offer::getOfferId).toList();
        answered.addAll(ids);
        return ids;
    }
}
