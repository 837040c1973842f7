package dev.millrace.schemas;

import java.util.ArrayList;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;

/**
 * How the contract's records are made when they are read: their arrays are array lists, but for empty ones ({@link EmptyLists}). The lists
 * that Avro makes compare their elements by schema and throw when an element has a time that may be null, so that two equal registrations
 * could not even be compared.
 */
final class ContractData extends SpecificData {
    ContractData() {
        super(ContractData.class.getClassLoader());
        addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    }

    @Override
    public InstanceSupplier getNewRecordSupplier(Schema schema) {
        InstanceSupplier plain = super.getNewRecordSupplier(schema);
        int[] arrays = schema.getFields().stream()
                .filter(field -> field.schema().getType() == Schema.Type.ARRAY)
                .mapToInt(Schema.Field::pos)
                .toArray();
        return (old, ofSchema) -> {
            IndexedRecord record = (IndexedRecord) plain.newInstance(old, ofSchema);
            for (int array : arrays) {
                record.put(array, new ArrayList<>(0));
            }
            return record;
        };
    }
}
