package dev.millrace.core;

import dev.millrace.contract.FrameworkRole;
import dev.millrace.state.SavedFrameworkRole;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A framework in one of its roles: what it wants to be offered there, what it has declined, what is offered to it. It is a leaf of the tree of
 * roles, so that it is served in its turn, beside the role's queue and the role's other frameworks. Mutable; owned by the stream thread.
 */
final class Subscription {
    /** It has not said how many units it wants. */
    static final long ANY_NUMBER = -1;

    /** So many offers may be out; one that does not answer need not hold more. */
    static final int MOST_OFFERS = 500;

    final Framework framework;
    /** Its place in the tree of roles. */
    final Role leaf;

    private FrameworkRole wants;
    private ConstraintSet constraints;
    private @Nullable Amount unit;
    /** How many units it wants that were not launched, those that are offered included; {@value #ANY_NUMBER} = it has not said. */
    private long unitsWanted;
    /** How many units its offers hold. */
    private long unitsOffered;
    /** A number of its own, drawn when it began and each time it is revived; filters that bear another one are void. */
    long epoch;

    /** What it declined, by agent. */
    final TreeMap<String, Filter> filters = new TreeMap<>();
    /** What is offered to it, by number. */
    final TreeMap<Long, OpenOffer> offers = new TreeMap<>();

    /**
     * The agents of which something could perhaps be offered, by id; all others are known to have nothing for it. It saves looking at all agents
     * and decides nothing: the first that has something is found, whichever else are in here.
     */
    final TreeSet<String> candidates = new TreeSet<>();
    /** The agents that have nothing for it because of a role's limit, which holds until that role has less. */
    final TreeSet<String> kept = new TreeSet<>();
    /** The agents that have nothing for it because it wants so few units at present that they are no more than what it declined. */
    final TreeSet<String> forMoreUnits = new TreeSet<>();
    /** True = a role's limit leaves nothing that is worth offering. Like the candidates, it saves looking again. */
    boolean limited;

    Subscription(Framework framework, Role leaf, FrameworkRole wants) {
        this.framework = framework;
        this.leaf = leaf;
        this.wants = wants;
        this.unit = unitOf(wants);
        this.constraints = constraintsOf(wants, unit);
        wantUnits(wants.getUnitsWanted());
    }

    String role() {
        return leaf.name;
    }

    ConstraintSet constraints() {
        return constraints;
    }

    /** What an offer has at least, with its number of ports; null = what the pool says is worth offering. */
    @Nullable
    Amount unit() {
        return unit;
    }

    /** Whether offers hold whole units, no more than are wanted. */
    boolean countsUnits() {
        return unitsWanted != ANY_NUMBER;
    }

    /** How many more units may be offered to it; {@value #ANY_NUMBER} = any number. */
    long unitsLeft() {
        return countsUnits() ? Math.max(0, unitsWanted - unitsOffered) : ANY_NUMBER;
    }

    boolean isSuppressed() {
        return wants.getSuppressed();
    }

    void suppress(boolean suppressed) {
        wants = FrameworkRole.newBuilder(wants).setSuppressed(suppressed).build();
    }

    /** Takes other wishes for the same role. */
    void want(FrameworkRole changed) {
        wants = changed;
        unit = unitOf(changed);
        constraints = constraintsOf(changed, unit);
        wantUnits(changed.getUnitsWanted());
    }

    /** Wants so many units, those that are offered included; null = any number. */
    void wantUnits(@Nullable Integer units) {
        unitsWanted = units == null ? ANY_NUMBER : units;
    }

    /** So many of the units that it wanted it has. */
    void gotUnits(long units) {
        unitsWanted = Math.max(0, unitsWanted - units);
    }

    /** Something is offered to it from now on. */
    void add(OpenOffer offer) {
        offers.put(offer.number, offer);
        unitsOffered += offer.units;
    }

    /** It is offered no longer, so more of others may be. */
    void remove(OpenOffer offer) {
        offers.remove(offer.number);
        unitsOffered -= offer.units;
        if (isLive()) {
            candidates.addAll(forMoreUnits);
        }
        forMoreUnits.clear();
    }

    /** Whether it is to be offered anything at all. */
    boolean isLive() {
        return framework.isActive() && !isSuppressed();
    }

    /** Whether there may be something to offer to it now. */
    boolean mayBeOffered() {
        return !candidates.isEmpty() && !limited && unitsLeft() != 0 && offers.size() < MOST_OFFERS && isLive();
    }

    /** What it wants, without the units that it has. */
    SavedFrameworkRole saved() {
        Integer units = countsUnits() ? Math.toIntExact(unitsWanted) : null;
        FrameworkRole now = new FrameworkRole(
                wants.getRole(),
                wants.getSuppressed(),
                wants.getConstraints(),
                wants.getUnit(),
                wants.getUnitPorts(),
                units);
        return new SavedFrameworkRole(now, epoch);
    }

    private static @Nullable Amount unitOf(FrameworkRole wants) {
        if (wants.getUnit() == null) {
            return null;
        }
        Amount unit = Amount.of(wants.getUnit());
        unit.ports = wants.getUnitPorts();
        return unit;
    }

    private static ConstraintSet constraintsOf(FrameworkRole wants, @Nullable Amount unit) {
        return new ConstraintSet(wants.getConstraints(), unit == null ? List.of() : unit.scalars());
    }
}
