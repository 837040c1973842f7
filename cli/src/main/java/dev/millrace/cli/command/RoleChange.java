package dev.millrace.cli.command;

import dev.millrace.cli.job.AmountsText;
import dev.millrace.cli.job.Quantities;
import dev.millrace.contract.Quota;
import dev.millrace.contract.SetRole;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a role is configured, in one word: {@code eng:weight=2.5,guarantee=cpus=10,memory=64GiB,limit=none}. Amounts that follow a guarantee or a
 * limit belong to it.
 *
 * @param role the role
 * @param weightMilli its weight in thousandths; null = as it is
 * @param guarantee its guarantee; null = as it is
 * @param limit its limit; null = as it is
 */
record RoleChange(
        String role,
        @Nullable Integer weightMilli,
        @Nullable Quota guarantee,
        @Nullable Quota limit) {
    private static final String SYNTAX = "write ROLE:weight=2,guarantee=cpus=10,memory=64GiB,limit=cpus=40";
    private static final long MAX_WEIGHT_MILLI = 1_000_000_000;

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if the text is none; the message says why
     */
    static RoleChange parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException("'" + text + "' changes no role; " + SYNTAX);
        }
        Integer weightMilli = null;
        Quota guarantee = null;
        Quota limit = null;
        for (var setting : settings(text.substring(colon + 1))) {
            int sign = setting.indexOf('=');
            var value = setting.substring(sign + 1);
            switch (setting.substring(0, Math.max(0, sign))) {
                case "weight" -> weightMilli = weight(value);
                case "guarantee" -> guarantee = AmountsText.quota(value);
                case "limit" -> limit = AmountsText.quota(value);
                default -> throw new IllegalArgumentException("'" + setting + "' is nothing of a role's; " + SYNTAX);
            }
        }
        return new RoleChange(text.substring(0, colon), weightMilli, guarantee, limit);
    }

    private static List<String> settings(String text) {
        var settings = new ArrayList<String>();
        for (var word : text.split(",", -1)) {
            boolean begins = word.startsWith("weight=") || word.startsWith("guarantee=") || word.startsWith("limit=");
            int last = settings.size() - 1;
            if (begins || last < 0 || settings.get(last).startsWith("weight=")) {
                settings.add(word);
            } else {
                settings.set(last, settings.get(last) + ',' + word);
            }
        }
        return settings;
    }

    static int weight(String text) {
        long milli = Quantities.milli(text);
        if (milli < 1 || milli > MAX_WEIGHT_MILLI) {
            throw new IllegalArgumentException("'" + text + "' is not between 0.001 and 1000000");
        }
        return (int) milli;
    }

    /** The command; a limit below what the role has holds all the same. */
    SetRole of(String pool) {
        return SetRole.newBuilder()
                .setPool(pool)
                .setRole(role)
                .setWeightMilli(weightMilli)
                .setGuarantee(guarantee)
                .setLimit(limit)
                .setForce(true)
                .build();
    }
}
