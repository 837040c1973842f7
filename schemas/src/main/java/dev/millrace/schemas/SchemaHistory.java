package dev.millrace.schemas;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * The schemas of all releases up to this one, which were compiled into it. A record in any of them is taken as one of this version.
 * Immutable; read when it is first asked.
 */
final class SchemaHistory implements SchemaLookup {
    /** Lists the files of the history, such as {@code 0.1.0/TaskRequest.avsc}, one a line. */
    static final String INDEX = "index.txt";

    private final Map<Long, Schema> byFingerprint = new HashMap<>();

    private SchemaHistory() {
        for (String file : files()) {
            Schema schema = new Schema.Parser().parse(read(file));
            byFingerprint.put(Fingerprint.of(schema), schema);
        }
    }

    static SchemaHistory compiled() {
        return Holder.HISTORY;
    }

    @Override
    public Optional<Schema> find(long fingerprint) {
        return Optional.ofNullable(byFingerprint.get(fingerprint));
    }

    /** The names of the files of the history. */
    static List<String> files() {
        return read(INDEX).lines().filter(line -> !line.isEmpty()).toList();
    }

    /** The text of one file of the history. */
    static String read(String file) {
        InputStream in = SchemaHistory.class.getResourceAsStream("history/" + file);
        if (in == null) {
            throw new IllegalStateException("this build lacks schemas/history/" + file);
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return String.join("\n", reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read schemas/history/" + file, e);
        }
    }

    private static final class Holder {
        static final SchemaHistory HISTORY = new SchemaHistory();
    }
}
