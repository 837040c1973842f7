package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.AgentClock;
import dev.millrace.cli.doctor.Facts.Ticks;
import dev.millrace.cli.output.Human;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whether clocks agree. The brokers' is known without writing anything: they stamp the ticks, and while those come, the newest one can't be
 * older than a tick interval and the way of a record.
 */
final class ClocksCheck {
    private static final String CHECK = "clocks";
    /** By how much clocks may differ. */
    static final Duration TOLERATED = Duration.ofSeconds(2);

    private ClocksCheck() {}

    static List<Finding> findings(List<Ticks> ticks, List<AgentClock> agents) {
        List<Finding> findings = new ArrayList<>();
        SortedMap<Integer, Duration> ahead = ahead(ticks);
        ahead.forEach((broker, by) -> {
            if (by.abs().compareTo(TOLERATED) > 0) {
                findings.add(Finding.warn(
                        CHECK,
                        "the clock of broker " + broker + " is about " + Human.duration(by.abs())
                                + (by.isNegative() ? " behind" : " ahead of") + " this machine's",
                        "not-before times and cron go by the brokers' clocks, and what commands show as ago is off",
                        "set both by NTP: chronyc tracking"));
            }
        });
        List<String> wrong = agents.stream()
                .filter(agent -> agent.ahead().abs().compareTo(TOLERATED) > 0)
                .map(agent -> agent.agent() + " ("
                        + Human.duration(agent.ahead().abs()) + (agent.ahead().isNegative() ? " behind)" : " ahead)"))
                .toList();
        if (!wrong.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    "clocks of agents differ from the brokers': " + Words.some(wrong),
                    "no decision depends on them; the times in statuses and logs of their tasks are off",
                    "set them by NTP: chronyc tracking"));
        }
        if (findings.isEmpty()) {
            String brokers = ahead.isEmpty()
                    ? "no ticks come, so nothing is known of the brokers' clocks"
                    : "this machine's and those of " + Words.count(ahead.size(), "broker") + " agree";
            String ofAgents = agents.isEmpty()
                    ? "; no agent has said anything lately"
                    : "; those of " + Words.count(agents.size(), "agent") + " agree with the brokers'";
            findings.add(Finding.ok(CHECK, brokers + ofAgents));
        }
        return findings;
    }

    /** Whether a broker's clock seems to be behind, which may also be because its ticks were late. */
    static boolean findsOneBehind(List<Ticks> ticks) {
        return ahead(ticks).values().stream().anyMatch(by -> by.compareTo(TOLERATED.negated()) < 0);
    }

    /** By broker. Ticks may be late, never early, so the one that seems to come from furthest ahead is nearest to the truth. */
    private static SortedMap<Integer, Duration> ahead(List<Ticks> ticks) {
        SortedMap<Integer, Duration> ahead = new TreeMap<>();
        for (Ticks partition : ticks) {
            if (partition.moves()) {
                partition
                        .newest()
                        .ifPresent(newest -> ahead.merge(
                                partition.leader(),
                                ahead(newest, partition),
                                (one, other) -> one.compareTo(other) > 0 ? one : other));
            }
        }
        return ahead;
    }

    /** By how much the broker's clock goes before this machine's at least, or after it at least; zero if they may agree. */
    private static Duration ahead(Instant newest, Ticks partition) {
        if (newest.isAfter(partition.after())) {
            return Duration.between(partition.after(), newest);
        }
        Instant oldest = partition.before().minus(partition.interval());
        return newest.isBefore(oldest) ? Duration.between(oldest, newest) : Duration.ZERO;
    }
}
