package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineTest {

    @Test
    void readsAProcessWhateverItsName() {
        Optional<ProcStat> stat =
                ProcStat.parse("4032 (a) b (c) S 32033 4033 4034 0 -1 4194304 122 0 0 0 0 0 0 0 20 0 1 "
                        + "0 240973 2654208 405 184467");

        assertThat(stat).contains(new ProcStat(4032, 'S', 32033, 4034, 240973));
    }

    @Test
    void readsNothingFromALineThatIsNotWhole() {
        assertThat(ProcStat.parse("")).isEmpty();
        assertThat(ProcStat.parse("4032 (sh) S 1 2 3")).isEmpty();
        assertThat(ProcStat.parse("x (sh) S 1 4033 4034 0 -1 4 122 0 0 0 0 0 0 0 20 0 1 0 9 2 4"))
                .isEmpty();
    }

    @Test
    void findsItself() throws Exception {
        Machine machine = Machine.detect();
        ProcStat self =
                ProcStat.parse(Files.readString(Path.of("/proc/self/stat"))).orElseThrow();

        assertThat(machine.isAlive(self)).isTrue();
        assertThat(machine.processes()).anyMatch(self::isSameProcess);
        Machine.Memory memory = machine.memory(self.pid());
        assertThat(memory.residentBytes()).isGreaterThan(1_000_000);
        assertThat(memory.peakBytes()).isGreaterThan(1_000_000);
        assertThat(machine.uptimeMs()).isGreaterThanOrEqualTo(self.startTicks() * ProcStat.MS_PER_TICK);
    }

    @Test
    void takesAnotherProcessOfTheSamePidForAnother() throws Exception {
        ProcStat self =
                ProcStat.parse(Files.readString(Path.of("/proc/self/stat"))).orElseThrow();
        ProcStat earlier = new ProcStat(self.pid(), 'S', 1, self.session(), self.startTicks() - 1);

        assertThat(Machine.detect().isAlive(earlier)).isFalse();
    }

    @Test
    void takesAZombieForDead() throws Exception {
        // The program that the shell becomes does not know that it has a child, so it never asks how it ended.
        Process parent = new ProcessBuilder("sh", "-c", "sh -c 'echo $$' & exec sleep 1000").start();
        try {
            byte[] line = new byte[32];
            int length = parent.getInputStream().read(line);
            long child = Long.parseLong(new String(line, 0, length, StandardCharsets.US_ASCII).strip());
            Path stat = Path.of("/proc/" + child + "/stat");
            awaitThat(() -> Files.readString(stat).contains(") Z "));
            ProcStat zombie = ProcStat.parse(Files.readString(stat)).orElseThrow();

            assertThat(Machine.detect().isAlive(zombie)).isFalse();
            assertThat(new ProcessTable(Machine.detect().processes()).session(zombie.session()))
                    .noneMatch(zombie::isSameProcess);
        } finally {
            parent.destroyForcibly();
        }
    }
}
