package dev.millrace.cli.doctor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** All checks, in the order in which they are shown: first what the others stand on. */
final class Diagnosis {
    private Diagnosis() {}

    static List<Finding> of(Facts facts, Asked asked, Instant now) {
        List<Finding> findings = new ArrayList<>();
        findings.addAll(BrokersCheck.findings(facts.brokers(), facts.features(), facts.topics(), asked));
        findings.addAll(TopicsCheck.findings(facts.refusal(), facts.differences(), asked));
        if (facts.topics().isEmpty()) {
            // There is nothing else to look at.
            return findings;
        }
        findings.addAll(ReplicasCheck.findings(facts.brokers().size(), facts.topics(), asked));
        findings.addAll(ChangelogsCheck.findings(facts.topics(), asked));
        findings.addAll(TimeoutsCheck.findings(facts.brokers(), asked));
        findings.addAll(InstancesCheck.findings(facts.group(), facts.behaviours(), asked));
        findings.addAll(AliveCheck.findings(facts.group(), facts.ticks(), facts.progress(), now, asked));
        findings.addAll(FailoverCheck.findings(facts.group(), facts.brokers(), facts.topics(), asked));
        findings.addAll(TransactionsCheck.findings(facts.transactions(), facts.brokers(), now, asked));
        findings.addAll(ClocksCheck.findings(facts.ticks(), facts.agents()));
        findings.addAll(RetentionCheck.findings(facts.topics(), facts.brokers(), asked));
        findings.addAll(SnapshotsCheck.findings(facts.snapshots(), facts.topics(), now, asked));
        findings.addAll(LossesCheck.findings(facts.lossLimits(), asked));
        findings.addAll(DeadLettersCheck.findings(facts.poison(), asked));
        return findings;
    }
}
