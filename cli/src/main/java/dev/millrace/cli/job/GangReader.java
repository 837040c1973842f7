package dev.millrace.cli.job;

import dev.millrace.contract.Gang;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads which tasks of a job are placed together. What a gang is follows from all of its tasks, so it is known when the last of them has
 * been read. Mutable; lives for one reading.
 */
final class GangReader {
    private static final int MAX_SIZE = 1_000;
    private static final long MIN_TIMEOUT_MS = 1_000;
    private static final int MAX_GROUP_CHARACTERS = 64;
    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*+(/[A-Za-z0-9][A-Za-z0-9._-]*+)*+");
    private static final long DEFAULT_TIMEOUT_MS =
            Gang.newBuilder().setGroup("group").setSize(1).build().getTimeoutMs();

    private final Map<String, List<Membership>> groups = new LinkedHashMap<>();

    /** What one task says of its gang. */
    private record Membership(
            Mapping gang,
            String task,
            int instances,
            @Nullable Integer size,
            @Nullable Long timeoutMs) {}

    /** Reads what a task says of its gang, if it says something. */
    void read(Mapping task, String name, int instances) {
        task.mapping("gang").ifPresent(gang -> {
            var group = gang.parsed("group", GangReader::group).orElse("");
            var size = gang.integer("size", 1, MAX_SIZE).orElse(null);
            var timeoutMs = gang.parsed("timeout", GangReader::timeoutMs).orElse(null);
            gang.refuseOthers(Set.of());
            if (gang.has("group") && group.isEmpty()) {
                return;
            }
            groups.computeIfAbsent(group, g -> new ArrayList<>())
                    .add(new Membership(gang, name, instances, size, timeoutMs));
        });
    }

    /** The gang of each task that is in one, by the task's name; to be called when all have been read. */
    Map<String, JobGang> gangs() {
        var gangs = new LinkedHashMap<String, JobGang>();
        groups.forEach((group, members) -> {
            var gang = gang(group, members);
            members.forEach(member -> gangs.put(member.task(), gang));
        });
        return gangs;
    }

    private static JobGang gang(String group, List<Membership> members) {
        int instances = members.stream().mapToInt(Membership::instances).sum();
        var size = common(members, "size", Membership::size);
        var timeoutMs = common(members, "timeout", Membership::timeoutMs);
        var last = members.get(members.size() - 1).gang();
        if (size.isEmpty() && instances > MAX_SIZE) {
            last.fault("", "the gang has " + instances + " members, and may have " + MAX_SIZE);
        }
        if (size.isPresent() && size.get() < instances) {
            last.fault("size", "'size' is " + size.get() + ", but the job has " + instances + " members of this gang");
        }
        if (size.isPresent() && size.get() > instances && group.isEmpty()) {
            last.fault(
                    "size",
                    "'size' is " + size.get() + ", but the job has " + instances
                            + " members of this gang; if others are submitted apart, give it a 'group' by which they find it");
        }
        boolean shared = size.isPresent() && !group.isEmpty();
        return new JobGang(group, size.orElse(instances), timeoutMs.orElse(DEFAULT_TIMEOUT_MS), shared);
    }

    /** What those members say that say something; a fault at the first that says otherwise than one before it. */
    private static <T> Optional<T> common(
            List<Membership> members, String key, Function<Membership, @Nullable T> value) {
        T said = null;
        for (var member : members) {
            T says = value.apply(member);
            if (says != null && said != null && !says.equals(said)) {
                member.gang().fault(key, "'" + key + "' is another one than that of a task before, in the same gang");
            }
            said = said == null ? says : said;
        }
        return Optional.ofNullable(said);
    }

    private static String group(String text) {
        if (text.length() > MAX_GROUP_CHARACTERS || !GROUP.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' must be 1 to " + MAX_GROUP_CHARACTERS
                            + " characters of A-Z, a-z, 0-9, '.', '_', '-' and '/', a letter or digit first and after each '/'");
        }
        return text;
    }

    private static long timeoutMs(String text) {
        long millis = Quantities.millis(text);
        if (millis < MIN_TIMEOUT_MS) {
            throw new IllegalArgumentException("must be at least 1s");
        }
        return millis;
    }
}
