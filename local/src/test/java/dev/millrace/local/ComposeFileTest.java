package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The broker in {@code compose.yaml} is the one that everything else is tried on. */
class ComposeFileTest {
    private static Map<?, ?> kafka;

    @BeforeAll
    static void readFile() throws IOException {
        try (Reader reader = Files.newBufferedReader(Path.of("..", "compose.yaml"))) {
            Map<?, ?> file = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromReader(reader);
            kafka = (Map<?, ?>) ((Map<?, ?>) file.get("services")).get("kafka");
        }
    }

    @Test
    void theBrokerHasTheSettingsOfTheEmbeddedOne() {
        Map<String, Object> wanted = new TreeMap<>();
        BrokerSettings.in(Path.of("unused"))
                .serverProperties()
                .forEach((name, value) -> wanted.put(TestBroker.environmentVariable(name), value));

        assertThat(new TreeMap<Object, Object>((Map<?, ?>) kafka.get("environment")))
                .containsAllEntriesOf(wanted);
    }

    @Test
    void theImageIsTheOneThatTheTestsUse() {
        assertThat(kafka.get("image")).isEqualTo(TestBroker.IMAGE.asCanonicalNameString());
    }
}
