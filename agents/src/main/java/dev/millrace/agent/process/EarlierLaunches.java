package dev.millrace.agent.process;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.SchemaLookup;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * Knows the schemas of launches from before they named GPU devices, from before they named frameworks and executors, and from before executors had a
 * recovery timeout. No release wrote them, so they are not among the contract's; but the work directories of agents that were built from sources may
 * hold intents and executors' journals of that time, and the tasks that they stand for run on.
 */
public final class EarlierLaunches implements SchemaLookup {
    static final Schema WITHOUT_RECOVERY_TIMEOUT = launchWithoutRecoveryTimeout();
    static final Schema GROUP_WITHOUT_RECOVERY_TIMEOUT = without(
            LaunchTaskGroup.getClassSchema(), Set.of(), Map.of("tasks", Schema.createArray(WITHOUT_RECOVERY_TIMEOUT)));
    static final Schema WITHOUT_EXECUTORS = launchWithout(Set.of("frameworkId"));
    static final Schema WITHOUT_GPU_DEVICES = launchWithout(Set.of("frameworkId", "gpuDevices"));

    private static final Map<Long, Schema> BY_FINGERPRINT = Stream.of(
                    WITHOUT_RECOVERY_TIMEOUT, GROUP_WITHOUT_RECOVERY_TIMEOUT, WITHOUT_EXECUTORS, WITHOUT_GPU_DEVICES)
            .collect(Collectors.toMap(SchemaNormalization::parsingFingerprint64, schema -> schema));

    @Override
    public Optional<Schema> find(long fingerprint) {
        return Optional.ofNullable(BY_FINGERPRINT.get(fingerprint));
    }

    private static Schema launchWithoutRecoveryTimeout() {
        Schema executor = without(ExecutorSpec.getClassSchema(), Set.of("recoveryTimeoutMs"), Map.of());
        Schema orNone = Schema.createUnion(Schema.create(Schema.Type.NULL), executor);
        Schema request = without(TaskRequest.getClassSchema(), Set.of(), Map.of("executor", orNone));
        return without(LaunchTask.getClassSchema(), Set.of(), Map.of("request", request));
    }

    private static Schema launchWithout(Set<String> missing) {
        Schema request = without(TaskRequest.getClassSchema(), Set.of("executor", "data"), Map.of());
        return without(LaunchTask.getClassSchema(), missing, Map.of("request", request));
    }

    private static Schema without(Schema record, Set<String> missing, Map<String, Schema> replaced) {
        List<Schema.Field> fields = record.getFields().stream()
                .filter(field -> !missing.contains(field.name()))
                .map(field -> new Schema.Field(field, replaced.getOrDefault(field.name(), field.schema())))
                .toList();
        return Schema.createRecord(record.getName(), record.getDoc(), record.getNamespace(), false, fields);
    }
}
