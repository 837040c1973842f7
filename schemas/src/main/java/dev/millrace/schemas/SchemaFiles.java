package dev.millrace.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the contract's schemas as files, for programs in other languages. */
public final class SchemaFiles {
    /** The name of the file that lists the header of each record. */
    public static final String HEADERS = "headers.txt";

    private SchemaFiles() {}

    /**
     * Writes an {@code .avsc} file for each record that is written to topics, and {@link #HEADERS}. Files of these names are replaced,
     * others left alone.
     *
     * @param directory is made if it does not exist
     * @return the names of the files that were written
     */
    public static List<String> export(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<PublishedSchema> schemas = PublishedSchema.ofTopics();
        StringBuilder headers = new StringBuilder("""
                # The ten bytes that stand before each record: C3, 01, and its schema's CRC-64-AVRO fingerprint, lowest byte first.
                """);
        List<String> names = new ArrayList<>();
        for (PublishedSchema schema : schemas) {
            String name = schema.recordName() + ".avsc";
            Files.writeString(directory.resolve(name), schema.json() + "\n");
            headers.append(schema.header())
                    .append("  ")
                    .append(schema.recordName())
                    .append('\n');
            names.add(name);
        }
        Files.writeString(directory.resolve(HEADERS), headers);
        names.add(HEADERS);
        return names;
    }
}
