package dev.millrace.agent.process;

import dev.millrace.contract.LaunchTask;
import dev.millrace.schemas.SchemaLookup;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * Knows the schema of launches from before they named GPU devices. No release wrote it, so it is not among the contract's; but the work
 * directories of agents that were built from sources may hold intents of that time, and the tasks that they stand for run on.
 */
final class EarlierLaunches implements SchemaLookup {
    static final Schema WITHOUT_GPU_DEVICES = launchWithout("gpuDevices");

    private static final long FINGERPRINT = SchemaNormalization.parsingFingerprint64(WITHOUT_GPU_DEVICES);

    @Override
    public Optional<Schema> find(long fingerprint) {
        return fingerprint == FINGERPRINT ? Optional.of(WITHOUT_GPU_DEVICES) : Optional.empty();
    }

    private static Schema launchWithout(String field) {
        Schema launch = LaunchTask.getClassSchema();
        List<Schema.Field> fields = launch.getFields().stream()
                .filter(each -> !each.name().equals(field))
                .map(each -> new Schema.Field(each, each.schema()))
                .toList();
        return Schema.createRecord(launch.getName(), launch.getDoc(), launch.getNamespace(), false, fields);
    }
}
