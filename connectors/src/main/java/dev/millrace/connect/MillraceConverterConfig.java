package dev.millrace.connect;

import dev.millrace.schemas.SchemaLookup;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.schemas.Topics;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The options of {@link MillraceConverter}, without the {@code value.converter.} that stands before them in a connector's properties. */
final class MillraceConverterConfig extends AbstractConfig {
    static final String RECORD = "record";
    static final String FORM = "form";
    static final String VALIDATE = "validate";
    static final String TOPIC_PREFIX = "topic.prefix";
    /** Stands before each option of the consumer that reads the {@code schemas} topic. */
    static final String SCHEMAS_PREFIX = "schemas.";

    static final String SCHEMAS_BOOTSTRAP_SERVERS = SCHEMAS_PREFIX + ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG;

    /** What sink connectors are given. */
    enum Form {
        STRUCT,
        JSON;

        static Form named(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }

        String optionName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final ConfigDef DEFINITION = withRecord(new ConfigDef())
            .define(
                    FORM,
                    ConfigDef.Type.STRING,
                    Form.STRUCT.optionName(),
                    ValidString.in(
                            Arrays.stream(Form.values()).map(Form::optionName).toArray(String[]::new)),
                    Importance.MEDIUM,
                    "What sink connectors are given: 'struct', a Struct with the record's schema, or 'json', the record as a line of"
                            + " JSON text, for connectors that write texts.")
            .define(
                    VALIDATE,
                    ConfigDef.Type.BOOLEAN,
                    true,
                    Importance.MEDIUM,
                    "Whether source connectors' records must keep the contract's rules, such as those of ids and ranges. Without"
                            + " it the scheduler finds the faults.")
            .define(
                    TOPIC_PREFIX,
                    ConfigDef.Type.STRING,
                    Topics.DEFAULT_PREFIX,
                    Importance.MEDIUM,
                    "What stands before the names of the cluster's topics. A record that does not belong on its topic is a fault;"
                            + " topics of other names may carry any.")
            .define(
                    SCHEMAS_BOOTSTRAP_SERVERS,
                    ConfigDef.Type.LIST,
                    "",
                    Importance.LOW,
                    "The cluster whose 'schemas' topic is read when a record's schema is not known here, which lets a converter read"
                            + " what a later version wrote; empty = none is read. Other options of Kafka consumers may be given in the"
                            + " same way, such as 'schemas.security.protocol'.");

    /** Adds the option that {@link KeyByPool} has too. */
    static ConfigDef withRecord(ConfigDef definition) {
        return definition.define(
                RECORD,
                ConfigDef.Type.STRING,
                "",
                Importance.HIGH,
                "The record type, such as TaskRequest, of values that do not name it: texts in JSON, Maps, and Structs of other"
                        + " schemas.");
    }

    MillraceConverterConfig(Map<String, ?> properties) {
        super(DEFINITION, properties, false);
        recordType(this);
        topics();
    }

    /**
     * The type that {@link #RECORD} names.
     *
     * @throws ConfigException if the contract has none of that name
     */
    static Optional<ContractType> recordType(AbstractConfig config) {
        String name = config.getString(RECORD);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Optional<ContractType> type = ContractType.named(name);
        if (type.isEmpty()) {
            throw new ConfigException(RECORD, name, "must be one of " + String.join(", ", names()));
        }
        return type;
    }

    private static Iterable<String> names() {
        return ContractType.all().stream().map(ContractType::name).toList();
    }

    Form form() {
        return Form.named(getString(FORM));
    }

    boolean validate() {
        return getBoolean(VALIDATE);
    }

    Topics topics() {
        String prefix = getString(TOPIC_PREFIX);
        try {
            return new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(TOPIC_PREFIX, prefix, e.getMessage());
        }
    }

    /** Finds schemas as the options say. */
    SchemaLookup schemaLookup() {
        if (getList(SCHEMAS_BOOTSTRAP_SERVERS).isEmpty()) {
            return SchemaLookup.NONE;
        }
        return new TopicSchemaLookup(originalsWithPrefix(SCHEMAS_PREFIX), topics());
    }
}
