package dev.millrace.connect;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.connect.data.Schema;

/**
 * A record type of the contract, as Avro and as Connect have it. Only types that are written whole to a topic or store are listed here;
 * records that are parts of others come with those.
 *
 * @param recordClass the generated class
 * @param avro its Avro schema
 * @param connect its Connect schema, of the same full name and with the same fields in the same order
 */
record ContractType(Class<? extends SpecificRecord> recordClass, org.apache.avro.Schema avro, Schema connect) {

    private static final Map<String, ContractType> BY_FULL_NAME = new LinkedHashMap<>();

    static {
        for (Topic topic : Topic.values()) {
            topic.types().forEach(ContractType::add);
        }
        for (Store store : Store.values()) {
            add(store.type());
        }
    }

    private static void add(Class<? extends SpecificRecord> recordClass) {
        org.apache.avro.Schema avro = SpecificData.get().getSchema(recordClass);
        BY_FULL_NAME.computeIfAbsent(
                avro.getFullName(), name -> new ContractType(recordClass, avro, ConnectSchemas.of(avro)));
    }

    /** All types, in the order of the catalogues of topics and stores. */
    static List<ContractType> all() {
        return List.copyOf(BY_FULL_NAME.values());
    }

    /** The type of a record. */
    static ContractType of(SpecificRecord record) {
        return withFullName(record.getSchema().getFullName())
                .orElseThrow(() -> new IllegalArgumentException(
                        record.getSchema().getFullName() + " is not written whole to any topic or store"));
    }

    /** The type whose schema has that name with namespace, such as {@code dev.millrace.contract.TaskRequest}. */
    static Optional<ContractType> withFullName(String fullName) {
        return Optional.ofNullable(BY_FULL_NAME.get(fullName));
    }

    /** The type that a person calls so: with namespace or without, such as {@code TaskRequest}. */
    static Optional<ContractType> named(String name) {
        return BY_FULL_NAME.values().stream()
                .filter(type ->
                        type.name().equals(name) || type.avro.getFullName().equals(name))
                .findFirst();
    }

    /** The name without namespace. */
    String name() {
        return avro.getName();
    }
}
