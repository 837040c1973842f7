package dev.millrace.core;

import dev.millrace.contract.Quota;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.schemas.RequestClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A guarantee or a limit as plain numbers, for arithmetic. A kind of resource that it does not name is not bounded. Immutable.
 */
final class Bound {
    private static final long NONE = -1;
    private static final int PLAIN_KINDS = 4;

    final Quota quota;
    private final long[] plain;
    private final String[] names;
    private final long[] millis;

    private Bound(Quota quota) {
        this.quota = quota;
        plain = new long[] {
            orNone(quota.getCpuMillis()),
            orNone(quota.getMemMib()),
            orNone(quota.getDiskMib()),
            orNone(quota.getGpuMillis())
        };
        List<ScalarQuantity> scalars = quota.getScalars();
        names = new String[scalars.size()];
        millis = new long[scalars.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = scalars.get(i).getName();
            millis[i] = scalars.get(i).getMilli();
        }
    }

    /** Null if the quota is missing or names nothing. */
    static @Nullable Bound of(@Nullable Quota quota) {
        if (quota == null) {
            return null;
        }
        Bound bound = new Bound(quota);
        boolean empty = bound.names.length == 0;
        for (long amount : bound.plain) {
            empty &= amount == NONE;
        }
        return empty ? null : bound;
    }

    /** Whether so much more stays within it, as far as the kinds of which there is more are concerned. */
    boolean admits(Tally used, Amount more) {
        if (exceeds(plain[0], used.cpuMillis, more.cpuMillis)
                || exceeds(plain[1], used.memMib, more.memMib)
                || exceeds(plain[2], used.diskMib, more.diskMib)
                || exceeds(plain[3], used.gpuMillis, more.gpuMillis)) {
            return false;
        }
        for (int i = 0; i < names.length; i++) {
            if (exceeds(millis[i], used.scalar(names[i]), more.scalar(names[i]))) {
                return false;
            }
        }
        return true;
    }

    /** Takes off the amount what would go beyond it. */
    void cap(Tally used, Amount amount) {
        amount.cpuMillis = capped(plain[0], used.cpuMillis, amount.cpuMillis);
        amount.memMib = capped(plain[1], used.memMib, amount.memMib);
        amount.diskMib = capped(plain[2], used.diskMib, amount.diskMib);
        amount.gpuMillis = capped(plain[3], used.gpuMillis, amount.gpuMillis);
        for (int i = 0; i < amount.scalarCount(); i++) {
            for (int n = 0; n < names.length; n++) {
                if (names[n].equals(amount.scalarName(i))) {
                    amount.capScalar(i, Math.max(0, millis[n] - used.scalar(names[n])));
                }
            }
        }
    }

    private static long capped(long bound, long used, long amount) {
        return bound == NONE ? amount : Math.min(amount, Math.max(0, bound - used));
    }

    /** Whether nothing more of some kind that it names is within it. */
    boolean isReached(Tally used) {
        for (int kind = 0; kind < kinds(); kind++) {
            if (names(kind) && used(used, kind) >= amount(kind)) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is at least as much as it says of every kind that it names and of which something was taken. */
    boolean isFilled(Tally used, Tally taken) {
        for (int kind = 0; kind < kinds(); kind++) {
            if (names(kind) && used(taken, kind) > 0 && used(used, kind) < amount(kind)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the amount has something of a kind that it names. */
    boolean concerns(Amount amount) {
        for (int kind = 0; kind < kinds(); kind++) {
            if (names(kind) && of(amount, kind) > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a role with that guarantee has more than it is guaranteed of a kind that is named here and is asked for.
     *
     * @param guarantee the guarantee of the role that may have more; null = nothing is guaranteed to it
     */
    boolean isBorrowedFrom(Tally used, @Nullable Bound guarantee, Amount asked) {
        for (int kind = 0; kind < kinds(); kind++) {
            if (names(kind) && of(asked, kind) > 0) {
                long theirs = guarantee == null ? 0 : Math.max(0, guarantee.amountOf(this, kind));
                if (used(used, kind) > theirs) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Which kind there is too much of, as text, such as {@code cpus 12 of 10}. */
    Optional<String> excess(Tally used) {
        for (int kind = 0; kind < kinds(); kind++) {
            if (names(kind) && used(used, kind) > amount(kind)) {
                return Optional.of(text(kind, used(used, kind)) + " of " + amountText(kind, amount(kind)));
            }
        }
        return Optional.empty();
    }

    /** As a tally: what is not named is 0. */
    Tally toTally() {
        Amount amount = Amount.of(new dev.millrace.contract.Resources(
                Math.max(0, plain[0]),
                Math.max(0, plain[1]),
                Math.max(0, plain[2]),
                Math.max(0, plain[3]),
                List.of(),
                quota.getScalars()));
        Tally tally = new Tally();
        tally.add(amount);
        return tally;
    }

    /** A bound of 0 of each kind of which there is something. */
    static Bound nothing(Tally tally) {
        return new Bound(Quota.newBuilder().build()).andNothingElseOf(tally);
    }

    /** This bound, with one of 0 of each kind that it does not name and of which there is something. */
    Bound andNothingElseOf(Tally tally) {
        TreeMap<String, ScalarQuantity> scalars = new TreeMap<>();
        for (int i = 0; i < tally.scalars(); i++) {
            if (tally.scalarMilli(i) > 0) {
                scalars.put(tally.scalarName(i), new ScalarQuantity(tally.scalarName(i), 0L));
            }
        }
        for (ScalarQuantity scalar : quota.getScalars()) {
            scalars.put(scalar.getName(), scalar);
        }
        return new Bound(new Quota(
                orNothing(plain[0], tally.cpuMillis),
                orNothing(plain[1], tally.memMib),
                orNothing(plain[2], tally.diskMib),
                orNothing(plain[3], tally.gpuMillis),
                List.copyOf(scalars.values())));
    }

    private static @Nullable Long orNothing(long bound, long amount) {
        if (bound != NONE) {
            return bound;
        }
        return amount > 0 ? 0L : null;
    }

    /** The kinds that are named here and of which another bound says less; each as text. */
    List<String> above(Bound other) {
        List<String> above = new ArrayList<>();
        for (int kind = 0; kind < kinds(); kind++) {
            long theirs = other.amountOf(this, kind);
            if (names(kind) && theirs != NONE && amount(kind) > theirs) {
                above.add(text(kind, amount(kind)) + " is above " + amountText(kind, theirs));
            }
        }
        return above;
    }

    private int kinds() {
        return PLAIN_KINDS + names.length;
    }

    private boolean names(int kind) {
        return amount(kind) != NONE;
    }

    private long amount(int kind) {
        return kind < PLAIN_KINDS ? plain[kind] : millis[kind - PLAIN_KINDS];
    }

    /** This one's amount of what is the other's kind of that number. */
    private long amountOf(Bound other, int kind) {
        if (kind < PLAIN_KINDS) {
            return plain[kind];
        }
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(other.names[kind - PLAIN_KINDS])) {
                return millis[i];
            }
        }
        return NONE;
    }

    private long used(Tally used, int kind) {
        return switch (kind) {
            case 0 -> used.cpuMillis;
            case 1 -> used.memMib;
            case 2 -> used.diskMib;
            case 3 -> used.gpuMillis;
            default -> used.scalar(names[kind - PLAIN_KINDS]);
        };
    }

    private long of(Amount amount, int kind) {
        return switch (kind) {
            case 0 -> amount.cpuMillis;
            case 1 -> amount.memMib;
            case 2 -> amount.diskMib;
            case 3 -> amount.gpuMillis;
            default -> amount.scalar(names[kind - PLAIN_KINDS]);
        };
    }

    private String text(int kind, long amount) {
        String name = switch (kind) {
            case 0 -> "cpus";
            case 1 -> "memory";
            case 2 -> "disk";
            case 3 -> "gpus";
            default -> names[kind - PLAIN_KINDS];
        };
        return name + " " + amountText(kind, amount);
    }

    private static String amountText(int kind, long amount) {
        return kind == 1 || kind == 2 ? amount + "MiB" : RequestClasses.decimal(amount);
    }

    private static boolean exceeds(long bound, long used, long more) {
        return bound != NONE && more > 0 && used + more > bound;
    }

    private static long orNone(@Nullable Long amount) {
        return amount == null ? NONE : amount;
    }
}
