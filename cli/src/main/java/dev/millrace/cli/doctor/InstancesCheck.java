package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Which schedulers there are, and whether they decide alike. */
final class InstancesCheck {
    private static final String CHECK = "instances";

    private InstancesCheck() {}

    static List<Finding> findings(Group group, Map<Integer, Integer> behaviours, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        List<String> instances = group.instances();
        String found = Words.count(instances.size(), "scheduler") + " (" + Words.some(instances) + "), "
                + Words.count(group.members().size(), "stream thread") + ", the group is " + group.state();
        long hosts = group.members().stream().map(Facts.Member::host).distinct().count();
        if (instances.isEmpty()) {
            findings.add(Finding.fail(
                    CHECK,
                    "no scheduler runs; the group " + asked.topics().applicationId() + " is " + group.state(),
                    "requests are safe in Kafka, and nothing is decided",
                    asked.millrace("scheduler --state-dir DIR")));
        } else if (instances.size() == 1) {
            findings.add(Finding.warn(
                    CHECK,
                    found,
                    "nobody takes over from it; nothing is scheduled until it is started again",
                    "a second one, elsewhere: " + asked.millrace("scheduler --state-dir DIR")));
        } else if (hosts == 1) {
            findings.add(Finding.warn(
                    CHECK,
                    found + ", all on one host",
                    "the loss of that host stops them all",
                    "start one of them elsewhere"));
        } else {
            findings.add(Finding.ok(CHECK, found));
        }
        TreeSet<Integer> different = new TreeSet<>(behaviours.values());
        if (different.size() > 1) {
            findings.add(Finding.warn(
                    CHECK,
                    "partitions are decided by the behaviours " + different,
                    "schedulers of different versions are running",
                    "bring them all to the newer version; an older one may not read what the newer has stored"));
        }
        return findings;
    }
}
