package dev.millrace.bench.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.PlacementPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackingBenchTest {
    @TempDir
    private Path dir;

    private Path nodes;

    @BeforeEach
    void writeNodes() throws IOException {
        nodes = Files.writeString(dir.resolve("nodes.csv"), """
                model,gpu,sn,cpu_milli,memory_mib
                T4,2,one,32000,64000
                G2,4,two,64000,128000
                ,0,three,64000,128000
                """);
    }

    @Test
    void fillsTheClusterWithWhatFits() throws IOException {
        Path tasks = tasks("""
                name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec
                a,1000,1000,1,500,
                b,1000,1000,1,1000,G2|V100
                """);

        PackingRun run = new PackingBench(PackingLists.read(nodes, tasks), PlacementPolicy.BINPACK, 3).run(1);

        assertThat(run.gpuPercent()).isEqualTo(100);
        assertThat(run.placed()).isBetween(6, 12);
        assertThat(run.skipped()).isPositive();
    }

    @Test
    void findsTheSameAgainForASeed() throws IOException {
        PackingLists lists = PackingLists.read(nodes, tasks("""
                name,cpu_milli,memory_mib,num_gpu,gpu_milli
                a,3000,5000,1,300
                b,9000,1000,1,700
                c,12000,1000,2,1000
                d,4000,0,0,0
                """));

        for (PlacementPolicy policy : List.of(PlacementPolicy.BINPACK, PlacementPolicy.FRAGMENTATION)) {
            PackingBench bench = new PackingBench(lists, policy, 1.3);
            assertThat(bench.run(3)).isEqualTo(bench.run(3));
        }
    }

    @Test
    void givesNothingToTasksWhoseModelNobodyHas() throws IOException {
        Path tasks = tasks("""
                cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec
                1000,1000,1,500,V100
                """);

        PackingRun run = new PackingBench(PackingLists.read(nodes, tasks), PlacementPolicy.FRAGMENTATION, 1).run(1);

        assertThat(run).isEqualTo(new PackingRun(1, 6_000, 0, 0, 12));
    }

    @Test
    void saysWhichColumnIsMissingOrNoNumber() throws IOException {
        Path without = tasks("cpu_milli,memory_mib,num_gpu\n1,1,1\n");
        assertThatThrownBy(() -> PackingLists.read(nodes, without)).hasMessage("tasks.csv has no column gpu_milli");

        Path words = tasks("cpu_milli,memory_mib,num_gpu,gpu_milli\n1,1,one,1\n");
        assertThatThrownBy(() -> PackingLists.read(nodes, words))
                .hasMessage("tasks.csv, row 1: num_gpu 'one' is no whole number");
    }

    private Path tasks(String text) throws IOException {
        return Files.writeString(dir.resolve("tasks.csv"), text);
    }
}
