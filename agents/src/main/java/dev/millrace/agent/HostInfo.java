package dev.millrace.agent;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the machine is and has, as far as the agent can tell.
 *
 * <p>Memory and processors are those of the machine or of the control group that the agent runs in, whichever is less. A part of the memory is
 * kept back for the system and the agent: a tenth, but at least 256 MiB and at most 4 GiB, and never more than half. It is a part of the
 * <em>whole</em> memory, not of what is free when the agent starts: the tasks that outlived an earlier agent would be counted against it twice.
 * Disk is what is free in the work directory's file system, less a twentieth. Ports are those that Mesos' agents offer; Linux gives connections
 * that go out local ports above them, unless it is told otherwise. GPUs are the devices that NVIDIA's driver has.
 *
 * @param hostname the machine's name
 * @param resources what an agent can offer if nothing else is configured
 * @param attributes {@code os}, {@code arch}, {@code kernel}, {@code hostname}, and {@value #GPU_MODEL} if it has GPUs of one model
 */
public record HostInfo(String hostname, Resources resources, Map<String, String> attributes) {
    /** The attribute that says what the GPU devices are. */
    public static final String GPU_MODEL = "gpu_model";

    /** The ports that an agent offers if nothing else is said. */
    public static final List<PortRange> USUAL_PORTS = List.of(new PortRange(31_000, 32_000));

    private static final Path KERNEL_HOSTNAME = Path.of("/proc/sys/kernel/hostname");
    private static final long MIB = 1 << 20;
    private static final int LONGEST_ID = 128;
    private static final long LEAST_RESERVE_MIB = 256;
    private static final long LARGEST_RESERVE_MIB = 4096;

    /** The machine that this runs on. */
    public static HostInfo detect(Path workDir) throws IOException {
        String hostname = detectHostname();
        Map<String, String> attributes = new TreeMap<>();
        attributes.put("os", System.getProperty("os.name").toLowerCase(Locale.ROOT));
        attributes.put("arch", System.getProperty("os.arch"));
        attributes.put("kernel", System.getProperty("os.version"));
        attributes.put("hostname", hostname);
        GpuDevices gpus = GpuDevices.detect(Path.of("/"));
        if (gpus.model() != null) {
            attributes.put(GPU_MODEL, gpus.model());
        }
        long memoryMib =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() / MIB;
        long freeDiskMib = Files.getFileStore(workDir).getUsableSpace() / MIB;
        Resources resources = new Resources(
                1000L * Runtime.getRuntime().availableProcessors(),
                memoryMib - reserveMib(memoryMib),
                freeDiskMib - freeDiskMib / 20,
                1000L * gpus.count(),
                USUAL_PORTS,
                List.of());
        return new HostInfo(hostname, resources, attributes);
    }

    static long reserveMib(long memoryMib) {
        long reserve = Math.min(LARGEST_RESERVE_MIB, Math.max(LEAST_RESERVE_MIB, memoryMib / 10));
        return Math.min(reserve, memoryMib / 2);
    }

    /** A machine's name as an agent's id: what an id can't have becomes a hyphen. */
    static String asAgentId(String hostname) {
        String legal = hostname.replaceAll("[^A-Za-z0-9._-]", "-");
        return legal.substring(0, Math.min(legal.length(), LONGEST_ID));
    }

    /** The kernel knows it at once; a name service may take seconds to say. */
    static String detectHostname() throws IOException {
        if (Files.isReadable(KERNEL_HOSTNAME)) {
            return Files.readString(KERNEL_HOSTNAME).trim();
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
