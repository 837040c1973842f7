package dev.millrace.streams.topology;

import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Reason;
import dev.millrace.streams.engine.FrameworkMeter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.MeasurableStat;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.Sensor.RecordingLevel;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Value;
import org.apache.kafka.streams.StreamsMetrics;

/**
 * One partition's metrics about frameworks among those of Kafka Streams, of the group {@value #GROUP}. Mutable; owned by the stream thread, while
 * any thread may read the metrics.
 */
final class FrameworkSensors implements FrameworkMeter, AutoCloseable {
    static final String GROUP = "millrace-frameworks";

    private final StreamsMetrics metrics;
    private final Map<String, String> tags = new LinkedHashMap<>();
    private final List<Sensor> sensors = new ArrayList<>();
    private final Sensor made;
    private final Sensor accepted;
    private final Sensor declined;
    private final Sensor out;
    private final Sensor answerAge;
    private final EnumMap<Reason, Sensor> rescinded = new EnumMap<>(Reason.class);
    private final EnumMap<Reason, Sensor> refused = new EnumMap<>(Reason.class);
    private final EnumMap<FrameworkState, Sensor> frameworks = new EnumMap<>(FrameworkState.class);

    FrameworkSensors(StreamsMetrics metrics, int partition) {
        this.metrics = metrics;
        // A partition can come to another thread of the same instance before all that the first knew of it is gone.
        tags.put("thread-id", Thread.currentThread().getName());
        tags.put("partition", Integer.toString(partition));
        made = total("offers-made-total", "offers that were made", tags);
        accepted = total("offers-accepted-total", "offers that something was done with", tags);
        declined = total("offers-declined-total", "offers that were given back", tags);
        out = sensor("offers-out", tags);
        add(out, "offers-out", "offers that are out now", tags, new Value());
        answerAge = sensor("offer-answer-age", tags);
        add(answerAge, "offer-answer-age-avg", "how old offers were when they were answered, ms", tags, new Avg());
        add(answerAge, "offer-answer-age-max", "how old the oldest was, ms", tags, new Max());
    }

    @Override
    public void offersMade(int count) {
        made.record(count);
    }

    @Override
    public void offerAnswered(boolean wasAccepted, long ageMs) {
        (wasAccepted ? accepted : declined).record(1);
        answerAge.record((double) ageMs);
    }

    @Override
    public void offersRescinded(Reason reason, int count) {
        rescinded
                .computeIfAbsent(
                        reason,
                        key -> total("offers-rescinded-total", "offers that were taken back", with("reason", key)))
                .record(count);
    }

    @Override
    public void callRefused(Reason reason) {
        refused.computeIfAbsent(
                        reason, key -> total("calls-refused-total", "calls that were not taken", with("reason", key)))
                .record(1);
    }

    @Override
    public void offersOut(int count) {
        out.record(count);
    }

    @Override
    public void frameworksIn(FrameworkState state, int count) {
        frameworks
                .computeIfAbsent(state, key -> {
                    Map<String, String> own = with("state", key);
                    Sensor sensor = sensor("frameworks", own);
                    add(sensor, "frameworks", "frameworks that are in the state now", own, new Value());
                    return sensor;
                })
                .record(count);
    }

    @Override
    public void close() {
        sensors.forEach(metrics::removeSensor);
    }

    private Sensor total(String name, String what, Map<String, String> own) {
        Sensor sensor = sensor(name, own);
        add(sensor, name, what, own, new CumulativeSum());
        return sensor;
    }

    private Sensor sensor(String name, Map<String, String> own) {
        Sensor sensor = metrics.addSensor(GROUP + '.' + name + '.' + own, RecordingLevel.INFO);
        sensors.add(sensor);
        return sensor;
    }

    private static void add(Sensor sensor, String name, String what, Map<String, String> own, MeasurableStat stat) {
        sensor.add(new MetricName(name, GROUP, what, own), stat);
    }

    /** The tags with one more, in which a symbol stands as people write it: {@code offer-timeout}. */
    private Map<String, String> with(String tag, Enum<?> symbol) {
        Map<String, String> more = new LinkedHashMap<>(tags);
        more.put(
                tag,
                symbol.name()
                        .replaceFirst("^(REASON|FRAMEWORK)_", "")
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-'));
        return more;
    }
}
