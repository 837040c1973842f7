package dev.millrace.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConnectSchemasTest {
    private final Schema request =
            ContractType.named("TaskRequest").orElseThrow().connect();
    private final Schema status = ContractType.named("TaskStatus").orElseThrow().connect();

    static List<ContractType> types() {
        return ContractType.all();
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyTypeKeepsItsNameItsDocumentationAndItsFields(ContractType type) {
        assertThat(type.connect().name()).isEqualTo(type.avro().getFullName());
        assertThat(type.connect().doc()).isEqualTo(type.avro().getDoc()).isNotBlank();
        assertThat(type.connect().fields())
                .extracting(Field::name)
                .isEqualTo(type.avro().getFields().stream()
                        .map(org.apache.avro.Schema.Field::name)
                        .toList());
        assertThat(type.connect().fields())
                .extracting(field -> field.schema().doc())
                .isEqualTo(type.avro().getFields().stream()
                        .map(org.apache.avro.Schema.Field::doc)
                        .toList());
    }

    @Test
    void plainFieldsKeepTheirTypeAndDefault() {
        assertThat(field(request, "pool"))
                .matches(schema -> schema.type() == Schema.Type.STRING && !schema.isOptional());
        assertThat(field(request, "role").defaultValue()).isEqualTo("default");
        assertThat(field(request, "instance"))
                .matches(schema -> schema.type() == Schema.Type.INT32
                        && schema.defaultValue().equals(0));
        assertThat(field(request, "isolationRequired").defaultValue()).isEqualTo(false);
        assertThat(field(request, "argv").defaultValue()).isEqualTo(List.of());
        assertThat(field(request, "argv").valueSchema().type()).isEqualTo(Schema.Type.STRING);
    }

    @Test
    void aFieldThatMayBeNullIsOptional() {
        assertThat(field(status, "exitCode"))
                .matches(schema -> schema.type() == Schema.Type.INT32 && schema.isOptional());
        assertThat(field(request, "limits"))
                .matches(schema -> schema.type() == Schema.Type.STRUCT && schema.isOptional());
    }

    @Test
    void aTimeIsATimestampOfConnect() {
        assertThat(field(status, "decidedAt").name()).isEqualTo(Timestamp.LOGICAL_NAME);
        assertThat(field(status, "decidedAt").isOptional()).isFalse();
        assertThat(field(status, "endedAt").isOptional()).isTrue();
    }

    @Test
    void anEnumIsATextThatNamesItsSymbols() {
        Schema reason = field(status, "reason");

        assertThat(reason.type()).isEqualTo(Schema.Type.STRING);
        assertThat(reason.name()).isEqualTo("dev.millrace.contract.Reason");
        assertThat(reason.defaultValue()).isEqualTo("REASON_NONE");
        assertThat(reason.parameters().get(ConnectSchemas.ENUM_SYMBOLS))
                .startsWith("REASON_NONE,REASON_REQUEST_ACCEPTED,");
        assertThat(reason.parameters()).containsEntry(ConnectSchemas.ENUM_DEFAULT, "REASON_NONE");
    }

    @Test
    void aRecordWithADefaultIsOptional() {
        assertThat(field(request, "restartPolicy").isOptional()).isTrue();
        assertThat(field(field(request, "restartPolicy"), "attempts").defaultValue())
                .isEqualTo(3);
    }

    private static Schema field(Schema schema, String name) {
        return schema.field(name).schema();
    }
}
