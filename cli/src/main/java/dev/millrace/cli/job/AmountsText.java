package dev.millrace.cli.job;

import dev.millrace.contract.Quota;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Amounts of several kinds of resources in one word: {@code cpus=10,memory=64GiB}. Beside {@code cpus}, {@code memory}, {@code disk} and
 * {@code gpus} there are those that the cluster's operators have named, as agents' options write them: {@code scalar.licences=3}.
 */
public final class AmountsText {
    private static final String NONE = "none";
    private static final String CUSTOM = "scalar.";
    private static final List<String> KINDS = List.of("cpus", "memory", "disk", "gpus");

    private final Map<String, String> amounts = new TreeMap<>();

    private AmountsText(String text) {
        for (var word : text.split(",", -1)) {
            int sign = word.indexOf('=');
            if (sign < 1) {
                throw new IllegalArgumentException(
                        "'" + word + "' is no amount of anything; write cpus=10,memory=64GiB,disk=1TiB,gpus=2");
            }
            if (amounts.put(word.substring(0, sign), word.substring(sign + 1)) != null) {
                throw new IllegalArgumentException("'" + word.substring(0, sign) + "' is named twice");
            }
        }
    }

    /**
     * A quota; {@code none} is the one that names nothing.
     *
     * @throws IllegalArgumentException if the text is none; the message says why and what would be right
     */
    public static Quota quota(String text) {
        if (text.equals(NONE)) {
            return Quota.newBuilder().build();
        }
        var amounts = new AmountsText(text);
        return Quota.newBuilder()
                .setCpuMillis(amounts.take("cpus", Quantities::milli))
                .setMemMib(amounts.take("memory", Quantities::mib))
                .setDiskMib(amounts.take("disk", Quantities::mib))
                .setGpuMillis(amounts.take("gpus", Quantities::milli))
                .setScalars(amounts.others())
                .build();
    }

    /**
     * Resources; what is not named is 0.
     *
     * @throws IllegalArgumentException if the text is none; the message says why and what would be right
     */
    public static Resources resources(String text) {
        var amounts = new AmountsText(text);
        return Resources.newBuilder()
                .setCpuMillis(amounts.orZero("cpus", Quantities::milli))
                .setMemMib(amounts.orZero("memory", Quantities::mib))
                .setDiskMib(amounts.orZero("disk", Quantities::mib))
                .setGpuMillis(amounts.orZero("gpus", Quantities::milli))
                .setScalars(amounts.others())
                .build();
    }

    private @Nullable Long take(String name, Function<String, Long> reader) {
        var amount = amounts.remove(name);
        return amount == null ? null : read(name, amount, reader);
    }

    private long orZero(String name, Function<String, Long> reader) {
        var amount = take(name, reader);
        return amount == null ? 0 : amount;
    }

    /** What has not been taken; what is no custom resource is refused, for it would be a mistyped kind. */
    private List<ScalarQuantity> others() {
        return amounts.entrySet().stream().map(AmountsText::scalar).toList();
    }

    private static ScalarQuantity scalar(Map.Entry<String, String> amount) {
        var name = amount.getKey();
        if (!name.startsWith(CUSTOM)) {
            var meant = Suggestion.forWord(name, KINDS)
                    .map(kind -> "did you mean '" + kind + "'?")
                    .orElse("one that operators have named is written " + CUSTOM + name + "=AMOUNT");
            throw new IllegalArgumentException("there is no resource '" + name + "'; " + meant);
        }
        return new ScalarQuantity(name.substring(CUSTOM.length()), read(name, amount.getValue(), Quantities::milli));
    }

    private static long read(String name, String amount, Function<String, Long> reader) {
        try {
            return reader.apply(amount);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }
}
