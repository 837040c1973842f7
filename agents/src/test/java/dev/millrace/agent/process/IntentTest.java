package dev.millrace.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntentTest {
    @TempDir
    Path directory;

    @Test
    void keepsAllOfTheLaunch() throws IOException {
        LaunchTask launch = LaunchTask.newBuilder(RunnerFixture.launch(RunnerFixture.shell("t", "true")))
                .setPorts(List.of(31_000, 31_005))
                .setGpuDevices(List.of(1, 3))
                .build();
        Path file = directory.resolve("t@1");

        new Intent("a boot", launch).write(file);

        assertThat(Intent.read(file, AttemptId.of(launch), "default", "another boot"))
                .isEqualTo(new Intent("a boot", launch));
    }

    @Test
    void isReadThoughItIsFromBeforeLaunchesNamedGpuDevices() throws IOException {
        isReadThoughItIsIn(EarlierLaunches.WITHOUT_GPU_DEVICES, "c3019be2909a18062299");
    }

    @Test
    void isReadThoughItIsFromBeforeLaunchesNamedExecutors() throws IOException {
        isReadThoughItIsIn(EarlierLaunches.WITHOUT_EXECUTORS, "c301e672bea621bf44de");
    }

    @Test
    void isReadThoughItIsFromBeforeExecutorsHadARecoveryTimeout() throws IOException {
        isReadThoughItIsIn(EarlierLaunches.WITHOUT_RECOVERY_TIMEOUT, "c3019550a5b2e82fbca7");
    }

    @Test
    void knowsGroupsFromBeforeExecutorsHadARecoveryTimeout() {
        assertThat(new EarlierLaunches().find(Long.reverseBytes(0xF626_A1B9_CD9C_DF67L)))
                .contains(EarlierLaunches.GROUP_WITHOUT_RECOVERY_TIMEOUT);
    }

    /** @param header what launches began with then */
    private void isReadThoughItIsIn(Schema schema, String header) throws IOException {
        LaunchTask launch =
                RunnerFixture.launch(RunnerFixture.shell("t", "true").setMaxRunTimeMs(5_000L));
        Path file = directory.resolve("t@1");
        Files.write(file, "a boot\n".getBytes(StandardCharsets.US_ASCII));
        Files.write(file, encoded(launch, schema, header), StandardOpenOption.APPEND);

        assertThat(Intent.read(file, AttemptId.of(launch), "default", "another boot"))
                .isEqualTo(new Intent("a boot", launch));
    }

    private static byte[] encoded(LaunchTask launch, Schema schema, String header) throws IOException {
        GenericRecord earlier = new GenericData.Record(schema);
        schema.getFields()
                .forEach(field -> earlier.put(
                        field.name(),
                        launch.get(launch.getSchema().getField(field.name()).pos())));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex(header));
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(schema, launch.getSpecificData()).write(earlier, encoder);
        return bytes.toByteArray();
    }
}
