package dev.millrace.chaos;

import dev.millrace.chaos.ChaosReport.Tally;
import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.StatusChecker;
import dev.millrace.chaos.check.Witness;
import dev.millrace.chaos.check.WitnessChecker;
import dev.millrace.chaos.cluster.ChaosCluster;
import dev.millrace.chaos.cluster.ClusterLayout;
import dev.millrace.chaos.cluster.Patience;
import dev.millrace.chaos.cluster.ProcessLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run: starts a cluster, puts it under load, does to it what the plan says, lets everything come to its end, and checks what is left. The
 * processes end with it, also if this one is told to end. One thread uses it.
 */
public final class ChaosRun {
    private static final Logger LOG = LoggerFactory.getLogger(ChaosRun.class);
    private static final Duration DRAIN_LIMIT = Duration.ofMinutes(2);

    private final ChaosSettings settings;
    private final Path witnesses;
    private final Timeline timeline;
    private final List<Finding> findings = new ArrayList<>();

    private ChaosRun(ChaosSettings settings) {
        this.settings = settings;
        timeline = new Timeline(settings.directory());
        witnesses = settings.directory().toAbsolutePath().resolve("witnesses");
    }

    /** Does it all. */
    public static ChaosReport run(ChaosSettings settings) throws IOException, InterruptedException {
        return new ChaosRun(settings).run();
    }

    private ChaosReport run() throws IOException, InterruptedException {
        long begunNs = System.nanoTime();
        Thread cleaning = new Thread(this::clean, "clean");
        Runtime.getRuntime().addShutdownHook(cleaning);
        try (ChaosCluster cluster = new ChaosCluster(settings.directory(), settings.layout())) {
            Files.createFile(witnesses);
            timeline.note("start");
            cluster.start();
            timeline.note("the cluster is up");
            try (ClusterWatch watch = new ClusterWatch(cluster.config())) {
                Poison poison = new Poison(cluster.config(), ClusterLayout.PARTITIONS, settings.seed());
                FaultInjector injector = new FaultInjector(cluster, watch, poison, timeline);
                List<FaultKind> skipped = settings.counts().keySet().stream()
                        .filter(kind -> !injector.isPossible(kind))
                        .toList();
                FaultPlan plan = plan(skipped);
                Tally tally = underLoad(plan, cluster, watch, injector, poison);
                findings.addAll(plan.findings(injector.done()));
                Duration took = Duration.ofNanos(System.nanoTime() - begunNs);
                return new ChaosReport(settings, took, injector.done(), skipped, tally, findings);
            }
        } finally {
            // Also what was started by a cluster that never came to be.
            clean();
            remove(cleaning);
        }
    }

    private Tally underLoad(
            FaultPlan plan, ChaosCluster cluster, ClusterWatch watch, FaultInjector injector, Poison poison)
            throws IOException, InterruptedException {
        try (Load load = new Load(cluster.config(), watch, cluster.layout().pools(), witnesses, settings.seed())) {
            injector.run(plan);
            timeline.note("no more faults");
            load.finish();
            drain(load, watch);
            timeline.note("all tasks have ended, or never will");
            findings.addAll(injector.findings());
            findings.addAll(cluster.findings());
            Tally tally = check(Evidence.read(cluster.config()), load, watch, poison);
            timeline.note("checked");
            return tally;
        }
    }

    private FaultPlan plan(List<FaultKind> skipped) {
        Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
        counts.putAll(settings.counts());
        skipped.forEach(counts::remove);
        return FaultPlan.draw(settings.seed(), counts);
    }

    /** What has not ended after that is lost. */
    private static void drain(Load load, ClusterWatch watch) throws InterruptedException {
        boolean over =
                Patience.until(DRAIN_LIMIT, () -> load.acknowledged().stream().allMatch(watch::hasEnded));
        if (!over) {
            LOG.warn("some tasks have not ended after {}", DRAIN_LIMIT);
        }
    }

    private Tally check(Evidence evidence, Load load, ClusterWatch watch, Poison poison) throws IOException {
        StatusChecker checker = new StatusChecker(settings.layout().sizes(), load.submitted());
        evidence.statuses().forEach(checker::take);
        findings.addAll(checker.finish(load.acknowledged()));
        List<Witness> lines = Witness.parse(Files.readAllLines(witnesses));
        findings.addAll(WitnessChecker.check(lines, evidence.statuses()));
        findings.addAll(evidence.historyFindings(watch.statuses()));
        findings.addAll(evidence.deadLetterFindings(poison.places()));
        findings.addAll(evidence.replayFindings());
        return new Tally(
                load.acknowledged().size(),
                checker.statuses(),
                checker.attempts(),
                lines.stream().filter(line -> !line.end()).count(),
                evidence.deadLetters().size(),
                evidence.replay().inputs());
    }

    private static void remove(Thread cleaning) {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaning);
        } catch (IllegalStateException e) {
            LOG.debug("this process is ending, and cleans once more", e);
        }
    }

    private void clean() {
        // Nobody who is interrupted can read a file, and this has to be done all the same.
        boolean interrupted = Thread.interrupted();
        try {
            ProcessLedger.clean(settings.directory());
        } catch (IOException e) {
            LOG.error("the processes of {} may still run", settings.directory(), e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
