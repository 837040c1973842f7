package dev.millrace.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgentShapeTest {
    private static final Resources DETECTED =
            new Resources(8_000L, 16_000L, 100_000L, 0L, List.of(), List.of(new ScalarQuantity("slots", 5_000L)));

    @Test
    void readsEveryKindOfPart() {
        AgentShape shape = AgentShape.parse(
                "cpus=2.5, memory=1.5GiB,disk=2TiB,gpus=1,scalar.licences=3,attr.rack=r1,attr.zone=a=b");

        assertThat(shape.resources(DETECTED))
                .isEqualTo(new Resources(
                        2_500L,
                        1_536L,
                        2L << 20,
                        1_000L,
                        List.of(),
                        List.of(new ScalarQuantity("licences", 3_000L), new ScalarQuantity("slots", 5_000L))));
        assertThat(shape.attributes(Map.of("os", "linux", "rack", "r0")))
                .containsExactly(new KeyValue("os", "linux"), new KeyValue("rack", "r1"), new KeyValue("zone", "a=b"));
    }

    @Test
    void leavesWhatItDoesNotNameAsItWasDetected() {
        assertThat(AgentShape.parse("").resources(DETECTED)).isEqualTo(DETECTED);
        assertThat(AgentShape.parse("memory=512MiB").resources(DETECTED).getCpuMillis())
                .isEqualTo(8_000);
    }

    @Test
    void readsPortsAndSortsThem() {
        AgentShape shape = AgentShape.parse("ports=9100,cpus=1,ports=8000-8999").withAttribute("rack=r1");

        assertThat(shape.resources(DETECTED).getPorts())
                .containsExactly(new PortRange(8_000, 8_999), new PortRange(9_100, 9_100));
    }

    @Test
    void takesPortsAsOneListToo() {
        AgentShape shape = AgentShape.parse("cpus=1").withPorts("31000-32000, 8080");

        assertThat(shape.ports()).containsExactly(new PortRange(8_080, 8_080), new PortRange(31_000, 32_000));
        assertThatThrownBy(() -> shape.withPorts("80")).hasMessage("the ports are given twice");
        assertThatThrownBy(() -> AgentShape.EMPTY.withPorts("80-x")).hasMessage("'80-x': 'x' is not a port");
        assertThatThrownBy(() -> AgentShape.EMPTY.withPorts("80,79-81"))
                .hasMessageContaining("the ports 79-81 and 80-80 overlap");
    }

    @Test
    void tellsNoPortsFromPortsThatAreNotNamed() {
        Resources detected = Resources.newBuilder(DETECTED)
                .setPorts(List.of(new PortRange(31_000, 32_000)))
                .build();

        assertThat(AgentShape.parse("cpus=1").resources(detected).getPorts()).isEqualTo(detected.getPorts());
        assertThat(AgentShape.parse("cpus=1,ports=none").resources(detected).getPorts())
                .isEmpty();
        assertThat(AgentShape.EMPTY.withPorts("none").resources(detected).getPorts())
                .isEmpty();
    }

    @Test
    void takesTheNumberOfGpusByItself() {
        assertThat(AgentShape.EMPTY.withGpus(2).resources(DETECTED).getGpuMillis())
                .isEqualTo(2_000);
        assertThatThrownBy(() -> AgentShape.parse("gpus=1").withGpus(2)).hasMessage("the GPUs are given twice");
        assertThatThrownBy(() -> AgentShape.EMPTY.withGpus(65)).hasMessage("an agent has 0 to 64 GPUs, not 65");
        assertThatThrownBy(() -> AgentShape.parse("gpus=0.5"))
                .hasMessageContaining("'gpus=0.5': an agent has whole GPU devices");
    }

    @Test
    void refusesPortsThatCannotBe() {
        assertThatThrownBy(() -> AgentShape.parse("ports=0-10,ports=1-65536,ports=9-8,ports=web,ports=1-2-3,ports=-5"))
                .hasMessageContaining("'ports=0-10': ports are from 1 to 65535")
                .hasMessageContaining("'ports=1-65536': ports are from 1 to 65535")
                .hasMessageContaining("'ports=9-8': the first port must not be larger than the last")
                .hasMessageContaining("'ports=web': 'web' is not a port")
                .hasMessageContaining("'ports=1-2-3': write it as 8000-8999")
                .hasMessageContaining("'ports=-5': '' is not a port");
        assertThatThrownBy(() -> AgentShape.parse("ports=8000-8999,ports=80,ports=8999-9000"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the ports 8000-8999 and 8999-9000 overlap");
    }

    @Test
    void namesEveryPartThatItCannotRead() {
        assertThatThrownBy(
                        () -> AgentShape.parse(
                                "cpus=many,cpus=1.0001,memory=64,memory=1.3MiB,disk=-1GiB,wheels=4,attr.rack,gpus=1e9,cpus=1,cpus=2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'cpus=many': 'many' is not a number")
                .hasMessageContaining("'cpus=1.0001': '1.0001' must be at most three decimal places")
                .hasMessageContaining("'memory=64': the unit must be MiB, GiB or TiB")
                .hasMessageContaining("'memory=1.3MiB': '1.3MiB' must be a whole number of MiB")
                .hasMessageContaining("'disk=-1GiB': it must not be negative")
                .hasMessageContaining("'wheels=4': no such resource")
                .hasMessageContaining("'attr.rack': write it as NAME=VALUE")
                .hasMessageContaining("'gpus=1e9': '1e9' is not a plain number")
                .hasMessageContaining("'cpus=2': it is given twice");
    }

    @Test
    void takesFurtherAttributesOnceEach() {
        AgentShape shape = AgentShape.parse("attr.rack=r1").withAttribute("tags=a,b=c");

        assertThat(shape.attributes(Map.of()))
                .containsExactly(new KeyValue("rack", "r1"), new KeyValue("tags", "a,b=c"));
        assertThatThrownBy(() -> shape.withAttribute("rack=r2")).hasMessageContaining("given twice");
        assertThatThrownBy(() -> shape.withAttribute("rack")).hasMessageContaining("NAME=VALUE");
    }
}
