package dev.millrace.core;

import dev.millrace.contract.Reservation;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is kept on an agent for somebody: reservations for roles, and holds for waiting tasks. The tasks of a role and of the roles below it
 * use up what is reserved for the role, those of the deepest role first; what does not fit in goes to the next reserved role above, and at
 * last to what is not reserved. So what is used up follows from the set of tasks, not from their order. A hold counts as if its task were
 * there already. Mutable; owned by the stream thread.
 */
final class Claims {
    /**
     * What is held for a waiting task.
     *
     * @param task the task
     * @param amount how much, with the number of its ports
     */
    record Hold(Task task, Amount amount) {}

    /** What is reserved for one role. */
    private static final class Part {
        final Amount reserved;
        /** What the tasks need of which this is the deepest reserved role at or above theirs. */
        final Amount used;
        /** While it is reckoned: what is used with what comes from below and with what is held. */
        Amount use;
        /** While it is reckoned: what is not used. */
        Amount left;
        /** What the tasks of the role may use; null until it is reckoned. */
        @Nullable
        Room room;

        Part(Amount nothing) {
            reserved = nothing;
            used = nothing.copy();
            use = nothing;
            left = nothing;
        }
    }

    /** What is held for waiting tasks, in the order of their ids. */
    private final SortedMap<String, Hold> holds;
    /** By role; a role comes after those above it. */
    private final TreeMap<String, Part> parts = new TreeMap<>();

    private final Amount total;

    Claims(SortedMap<String, Hold> holds, Amount total) {
        this.holds = holds;
        this.total = total;
    }

    /** Adds reservations. All come before the first use. */
    void reserve(Iterable<Reservation> reservations) {
        for (Reservation reservation : reservations) {
            parts.computeIfAbsent(reservation.getRole(), role -> new Part(total.nothing()))
                    .reserved
                    .add(Amount.of(reservation.getResources()));
        }
    }

    /** Whether everybody may use what is free. */
    boolean isEmpty() {
        return parts.isEmpty() && holds.isEmpty();
    }

    boolean hasReservations() {
        return !parts.isEmpty();
    }

    /** The roles for which something is reserved. */
    Iterable<String> roles() {
        return parts.keySet();
    }

    /** Notes that a task of the role has come. */
    void use(String role, Amount need) {
        Part part = deepest(role);
        if (part != null) {
            part.used.add(need);
        }
    }

    /** Undoes {@link #use}. */
    void giveBack(String role, Amount need) {
        Part part = deepest(role);
        if (part != null) {
            part.used.subtract(need);
        }
    }

    /** What everybody may use of what is free. What each reserved role may use is noted with it. */
    Room open(Room free) {
        Room held = withoutHeld(free, null);
        reckon(true, null);
        for (Map.Entry<String, Part> entry : parts.entrySet()) {
            entry.getValue().room = withoutReserved(held, entry.getKey());
        }
        return withoutReserved(held, null);
    }

    /** What a role may use, if that is more than everybody may; null = it is not. */
    @Nullable
    Room open(String role) {
        Part part = parts.isEmpty() ? null : deepest(role);
        return part == null ? null : part.room;
    }

    /** What a waiting task may use of what is free: also what is held for it. */
    Room openTo(String role, Task holder, Room free) {
        reckon(true, holder);
        return withoutReserved(withoutHeld(free, holder), role);
    }

    /** What a role could use of what is free if nothing were held. */
    Room openIfNothingWereHeld(String role, Room free) {
        reckon(false, null);
        return withoutReserved(free, role);
    }

    /** What of a role's reservations is not used. */
    Amount left(String role) {
        reckon(true, null);
        Part part = parts.get(role);
        return part == null ? total.nothing() : part.left;
    }

    private static Room withoutHeld(Room free, Iterable<Hold> holds, @Nullable Task holder) {
        Amount amount = free.amount().copy();
        Devices devices = free.devices().copy();
        Ports ports = free.ports().copy();
        for (Hold hold : holds) {
            if (hold.task() != holder) {
                amount.subtract(hold.amount());
                devices.take(devices.choose(hold.amount().gpuMillis, null), hold.amount().gpuMillis);
                ports.take(hold.task().requestClass().ports, List.of());
            }
        }
        return new Room(amount, devices, ports);
    }

    private Room withoutHeld(Room free, @Nullable Task holder) {
        return holds.isEmpty() ? free : withoutHeld(free, holds.values(), holder);
    }

    /** Without what is left in the reservations of roles that are neither this one nor above it; null = no role. */
    private Room withoutReserved(Room room, @Nullable String role) {
        if (parts.isEmpty()) {
            return room;
        }
        Amount amount = room.amount().copy();
        for (Map.Entry<String, Part> entry : parts.entrySet()) {
            if (role == null || !isWithin(role, entry.getKey())) {
                amount.subtract(entry.getValue().left);
            }
        }
        return new Room(amount, room.devices(), room.ports());
    }

    private void reckon(boolean withHolds, @Nullable Task except) {
        for (Part part : parts.values()) {
            part.use = part.used.copy();
        }
        if (withHolds && !parts.isEmpty()) {
            for (Hold hold : holds.values()) {
                Part part = hold.task() == except ? null : deepest(hold.task().role);
                if (part != null) {
                    part.use.add(hold.amount());
                }
            }
        }
        // Backwards, so that each role comes before those above it.
        for (Map.Entry<String, Part> entry : parts.descendingMap().entrySet()) {
            Part part = entry.getValue();
            part.left = part.reserved.beyond(part.use);
            int slash = entry.getKey().lastIndexOf('/');
            Part above = slash < 0 ? null : deepest(entry.getKey().substring(0, slash));
            if (above != null) {
                above.use.add(part.use.beyond(part.reserved));
            }
        }
    }

    /** The deepest reserved role that is this one or above it. */
    private @Nullable Part deepest(String role) {
        if (parts.isEmpty()) {
            return null;
        }
        for (Map.Entry<String, Part> entry : parts.descendingMap().entrySet()) {
            if (isWithin(role, entry.getKey())) {
                return entry.getValue();
            }
        }
        return null;
    }

    /** Whether the first role is the second one or below it. */
    static boolean isWithin(String role, String above) {
        return role.startsWith(above) && (role.length() == above.length() || role.charAt(above.length()) == '/');
    }
}
