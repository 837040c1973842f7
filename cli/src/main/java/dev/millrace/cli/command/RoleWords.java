package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.JsonRecords.Parts;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.core.RoleReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Shows how roles stand. */
final class RoleWords {
    private RoleWords() {}

    /** The report as an object. */
    static Parts json(RoleReport report) {
        return new Parts(parts(report));
    }

    static List<Part> parts(RoleReport report) {
        return Arrays.asList(
                new Part("role", report.role()),
                new Part("configured", report.configured()),
                new Part("weightMilli", report.weightMilli()),
                new Part("shareMicros", report.shareMicros()),
                new Part("weightedShareMicros", report.weightedShareMicros()),
                new Part("guarantee", report.guarantee()),
                new Part("limit", report.limit()),
                new Part("maxQueued", report.maxQueued()),
                new Part("maxRequestsPerSecond", report.maxRequestsPerSecond()),
                new Part("allocated", report.allocated()),
                new Part("held", report.held()),
                new Part("queued", report.queued()),
                new Part("running", report.running()));
    }

    /** Millionths as a percentage: {@code 12.5%}. */
    static String percent(long micros) {
        return BigDecimal.valueOf(micros, 4).setScale(1, RoundingMode.HALF_UP).toPlainString() + "%";
    }

    /** What counts against a role's limit: what its tasks have, and what is held for them. */
    static Resources inUse(RoleReport report) {
        var allocated = report.allocated();
        var held = report.held();
        return Resources.newBuilder()
                .setCpuMillis(allocated.getCpuMillis() + held.getCpuMillis())
                .setMemMib(allocated.getMemMib() + held.getMemMib())
                .setDiskMib(allocated.getDiskMib() + held.getDiskMib())
                .setGpuMillis(allocated.getGpuMillis() + held.getGpuMillis())
                .setScalars(sum(allocated.getScalars(), held.getScalars()))
                .build();
    }

    private static List<ScalarQuantity> sum(List<ScalarQuantity> some, List<ScalarQuantity> others) {
        Map<String, Long> sums = new TreeMap<>();
        some.forEach(scalar -> sums.merge(scalar.getName(), scalar.getMilli(), Long::sum));
        others.forEach(scalar -> sums.merge(scalar.getName(), scalar.getMilli(), Long::sum));
        return sums.entrySet().stream()
                .map(sum -> new ScalarQuantity(sum.getKey(), sum.getValue()))
                .toList();
    }
}
