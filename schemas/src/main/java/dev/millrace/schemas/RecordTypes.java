package dev.millrace.schemas;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/** All record types of this version that are written whole: those of the topics, of the executors' sockets, then those of the stores. Immutable. */
final class RecordTypes {
    private static final List<RecordType> ALL = all();
    private static final Map<Class<?>, RecordType> BY_CLASS = new HashMap<>();
    private static final Map<Long, RecordType> BY_FINGERPRINT = new HashMap<>();
    private static final Map<String, RecordType> BY_FULL_NAME = new HashMap<>();

    static {
        for (RecordType type : ALL) {
            BY_CLASS.put(type.recordClass(), type);
            BY_FINGERPRINT.put(type.fingerprint(), type);
            BY_FULL_NAME.put(type.schema().getFullName(), type);
        }
    }

    private RecordTypes() {}

    /** Every type, in the order of the catalogues of topics and stores. */
    static List<RecordType> list() {
        return ALL;
    }

    /** The type of a record's class. */
    static Optional<RecordType> of(Class<?> recordClass) {
        return Optional.ofNullable(BY_CLASS.get(recordClass));
    }

    /** The type whose schema in this version has that fingerprint. */
    static Optional<RecordType> of(long fingerprint) {
        return Optional.ofNullable(BY_FINGERPRINT.get(fingerprint));
    }

    /** The type whose schema has that name with namespace. */
    static Optional<RecordType> named(String fullName) {
        return Optional.ofNullable(BY_FULL_NAME.get(fullName));
    }

    private static List<RecordType> all() {
        Set<Class<? extends SpecificRecord>> classes = new LinkedHashSet<>();
        for (Topic topic : Topic.values()) {
            classes.addAll(topic.types());
        }
        classes.addAll(ExecutorRules.FROM_EXECUTOR);
        classes.addAll(ExecutorRules.TO_EXECUTOR);
        for (Store store : Store.values()) {
            classes.add(store.type());
        }
        List<RecordType> types = new ArrayList<>();
        for (Class<? extends SpecificRecord> recordClass : classes) {
            types.add(new RecordType(recordClass));
        }
        return List.copyOf(types);
    }
}
