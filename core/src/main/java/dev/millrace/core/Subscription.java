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
    /** How many units it wants that are neither offered nor launched; {@value #ANY_NUMBER} = it has not said. */
    long unitsLeft;
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
    /** True = a role's limit leaves nothing that is worth offering. Like the candidates, it saves looking again. */
    boolean limited;

    Subscription(Framework framework, Role leaf, FrameworkRole wants) {
        this.framework = framework;
        this.leaf = leaf;
        this.wants = wants;
        this.unit = unitOf(wants);
        this.constraints = constraintsOf(wants, unit);
        this.unitsLeft = wants.getUnitsWanted() == null ? ANY_NUMBER : wants.getUnitsWanted();
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
        return unitsLeft != ANY_NUMBER;
    }

    boolean isSuppressed() {
        return wants.getSuppressed();
    }

    void suppress(boolean suppressed) {
        wants = FrameworkRole.newBuilder(wants).setSuppressed(suppressed).build();
    }

    /** Takes other wishes for the same role. Units that are offered count as wanted ones. */
    void want(FrameworkRole changed) {
        wants = changed;
        unit = unitOf(changed);
        constraints = constraintsOf(changed, unit);
        wantUnits(changed.getUnitsWanted());
    }

    /** Wants so many units, those that are offered included; null = any number. */
    void wantUnits(@Nullable Integer units) {
        long offered = 0;
        for (OpenOffer offer : offers.values()) {
            offered += offer.units;
        }
        unitsLeft = units == null ? ANY_NUMBER : Math.max(0, units - offered);
    }

    /** Whether it is to be offered anything at all. */
    boolean isLive() {
        return framework.isActive() && !isSuppressed();
    }

    /** Whether there may be something to offer to it now. */
    boolean mayBeOffered() {
        return !candidates.isEmpty() && !limited && unitsLeft != 0 && offers.size() < MOST_OFFERS && isLive();
    }

    /** What it wants, with the units that are left. */
    SavedFrameworkRole saved() {
        Integer units = countsUnits() ? Math.toIntExact(unitsLeft) : null;
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
