package dev.millrace.cli.output;

import dev.millrace.contract.Quota;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Guarantees and limits, in words. */
public final class QuotaWords {
    private QuotaWords() {}

    /** What is named, as commands take it: {@code cpus=10,memory=64GiB}; a dash if nothing is. */
    public static String of(@Nullable Quota quota) {
        var words = kinds(quota, nothing()).stream()
                .map(kind -> kind.name() + "=" + kind.text().apply(kind.bound()))
                .toList();
        return words.isEmpty() ? "-" : String.join(",", words);
    }

    /** How much of what is named is in use: {@code cpus 10 of 10, memory 3GiB of 64GiB}. */
    public static String use(Quota quota, Resources used) {
        return String.join(
                ", ",
                kinds(quota, used).stream()
                        .map(kind -> kind.name() + " " + kind.text().apply(kind.used()) + " of "
                                + kind.text().apply(kind.bound()))
                        .toList());
    }

    private record Kind(String name, long bound, long used, LongFunction<String> text) {}

    private static List<Kind> kinds(@Nullable Quota quota, Resources used) {
        var kinds = new ArrayList<Kind>();
        if (quota == null) {
            return kinds;
        }
        add(kinds, "cpus", quota.getCpuMillis(), used.getCpuMillis(), Human::milli);
        add(kinds, "memory", quota.getMemMib(), used.getMemMib(), Human::mib);
        add(kinds, "disk", quota.getDiskMib(), used.getDiskMib(), Human::mib);
        add(kinds, "gpus", quota.getGpuMillis(), used.getGpuMillis(), Human::milli);
        for (var scalar : quota.getScalars()) {
            add(kinds, "scalar." + scalar.getName(), scalar.getMilli(), amount(used, scalar.getName()), Human::milli);
        }
        return kinds;
    }

    private static void add(List<Kind> kinds, String name, @Nullable Long bound, long used, LongFunction<String> text) {
        if (bound != null) {
            kinds.add(new Kind(name, bound, used, text));
        }
    }

    private static long amount(Resources resources, String scalar) {
        return resources.getScalars().stream()
                .filter(quantity -> quantity.getName().equals(scalar))
                .mapToLong(ScalarQuantity::getMilli)
                .sum();
    }

    private static Resources nothing() {
        return Resources.newBuilder().build();
    }
}
