package dev.millrace.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The GPU devices of a machine, as NVIDIA's driver tells of them.
 *
 * @param count how many there are, at most {@value #MAX_DEVICES}; they are numbered from 0, in the order of their PCI addresses
 * @param model what they are, if they are all the same, such as {@code NVIDIA A100-SXM4-40GB}
 */
record GpuDevices(int count, @Nullable String model) {
    private static final Logger log = LoggerFactory.getLogger(GpuDevices.class);

    /** An agent offers no more than so many. */
    static final int MAX_DEVICES = 64;

    private static final String MODEL = "Model:";
    private static final int MAX_MODEL_CHARACTERS = 256;

    /** What there is in the {@code /proc}, or else the {@code /dev}, of that root directory. */
    static GpuDevices detect(Path root) {
        try {
            List<Path> driven = list(root.resolve("proc/driver/nvidia/gpus"), name -> true);
            int count = driven.isEmpty()
                    ? list(root.resolve("dev"), name -> name.matches("nvidia[0-9]+"))
                            .size()
                    : driven.size();
            return new GpuDevices(Math.min(count, MAX_DEVICES), model(driven));
        } catch (IOException e) {
            log.warn("cannot tell which GPU devices there are, so none are offered: {}", e.toString());
            return new GpuDevices(0, null);
        }
    }

    private static List<Path> list(Path directory, Predicate<String> names) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> names.test(file.getFileName().toString()))
                    .toList();
        }
    }

    private static @Nullable String model(List<Path> devices) throws IOException {
        @Nullable String common = null;
        for (Path device : devices) {
            Optional<String> model = model(device.resolve("information"));
            if (model.isEmpty() || (common != null && !common.equals(model.get()))) {
                return null;
            }
            common = model.get();
        }
        return common;
    }

    private static Optional<String> model(Path information) throws IOException {
        if (!Files.isReadable(information)) {
            return Optional.empty();
        }
        // Whatever the bytes are, they are characters of this set.
        return Files.readString(information, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.startsWith(MODEL))
                .map(line -> line.substring(MODEL.length()).trim())
                .filter(model -> !model.isEmpty() && model.length() <= MAX_MODEL_CHARACTERS)
                .findFirst();
    }
}
