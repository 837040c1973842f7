package dev.millrace.agent;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reservations as people write them: {@code search/index:cpus=2,memory=4GiB;team=search}. */
final class ReservationText {
    private static final String MEMORY = "memory";
    private static final String DISK = "disk";
    private static final Resources NOTHING = Resources.newBuilder().build();

    /** By role and then by labels; it tells any two apart that may be together. */
    private static final Comparator<Reservation> ORDER =
            Comparator.comparing(Reservation::getRole).thenComparing(Reservation::getLabels, ReservationText::compare);

    private ReservationText() {}

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    static Reservation parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException(
                    "'" + text + "': write it as ROLE:cpus=2,memory=4GiB, with labels as ROLE:cpus=2;NAME=VALUE");
        }
        String[] parts = text.substring(colon + 1).split(";", -1);
        AgentShape shape = AgentShape.parse(parts[0]);
        if (shape.ports() != null || !shape.attributes().isEmpty()) {
            throw new IllegalArgumentException("'" + text + "': ports and attributes can't be reserved");
        }
        Resources resources = shape.resources(NOTHING);
        if (amounts(resources).values().stream().allMatch(amount -> amount == 0)) {
            throw new IllegalArgumentException("'" + text + "' reserves nothing");
        }
        Map<String, String> labels = new TreeMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + text + "': label '" + parts[i] + "': write it as NAME=VALUE");
            }
            if (labels.put(parts[i].substring(0, equals), parts[i].substring(equals + 1)) != null) {
                throw new IllegalArgumentException("'" + text + "': label '" + parts[i] + "' is given twice");
            }
        }
        return new Reservation(text.substring(0, colon).trim(), resources, entries(labels));
    }

    /** Reservations in order; two of one role with equal labels are refused. */
    static List<Reservation> sorted(List<Reservation> reservations) {
        List<Reservation> sorted = reservations.stream().sorted(ORDER).toList();
        for (int i = 1; i < sorted.size(); i++) {
            if (ORDER.compare(sorted.get(i - 1), sorted.get(i)) == 0) {
                throw new IllegalArgumentException("there are two reservations for role "
                        + sorted.get(i).getRole() + " with the same labels; make one of them");
            }
        }
        return sorted;
    }

    /**
     * Sees to it that an agent has what it reserves. Disk space is left out: how much of it is detected changes with what tasks have written, and
     * an agent must be able to come back to its tasks.
     */
    static void requireWithin(List<Reservation> reservations, Resources offered) {
        Map<String, Long> reserved = new TreeMap<>();
        for (Reservation reservation : reservations) {
            amounts(reservation.getResources()).forEach((name, amount) -> reserved.merge(name, amount, Long::sum));
        }
        Map<String, Long> available = amounts(offered);
        String missing = reserved.entrySet().stream()
                .filter(each -> !each.getKey().equals(DISK))
                .filter(each -> each.getValue() > available.getOrDefault(each.getKey(), 0L))
                .map(each -> each.getKey() + " " + text(each.getKey(), each.getValue()) + " of "
                        + text(each.getKey(), available.getOrDefault(each.getKey(), 0L)))
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("more is reserved than the agent offers: " + missing);
        }
    }

    private static String text(String name, long amount) {
        return name.equals(MEMORY)
                ? amount + "MiB"
                : BigDecimal.valueOf(amount, 3).stripTrailingZeros().toPlainString();
    }

    private static Map<String, Long> amounts(Resources resources) {
        Map<String, Long> amounts = new TreeMap<>();
        resources.getScalars().forEach(scalar -> amounts.put("scalar." + scalar.getName(), scalar.getMilli()));
        amounts.put("cpus", resources.getCpuMillis());
        amounts.put(MEMORY, resources.getMemMib());
        amounts.put(DISK, resources.getDiskMib());
        amounts.put("gpus", resources.getGpuMillis());
        return amounts;
    }

    private static List<KeyValue> entries(Map<String, String> labels) {
        List<KeyValue> entries = new ArrayList<>();
        labels.forEach((key, value) -> entries.add(new KeyValue(key, value)));
        return entries;
    }

    private static int compare(List<KeyValue> some, List<KeyValue> others) {
        for (int i = 0; i < Math.min(some.size(), others.size()); i++) {
            int order = Comparator.comparing(KeyValue::getKey)
                    .thenComparing(KeyValue::getValue)
                    .compare(some.get(i), others.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(some.size(), others.size());
    }
}
