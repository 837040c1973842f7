package dev.millrace.cli.command;

import picocli.CommandLine.Option;

/** How a command shows what it found. Mutable, for picocli fills it in. */
final class OutputOptions {
    /** The ways. */
    enum Format {
        table,
        json
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description =
                    "table, or json: one object a line, with the records' Avro field names (default: ${DEFAULT-VALUE}).",
            defaultValue = "table")
    private Format format = Format.table;

    boolean isJson() {
        return format == Format.json;
    }
}
