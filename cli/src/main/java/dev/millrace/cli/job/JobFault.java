package dev.millrace.cli.job;

/**
 * Something that is wrong with a job file.
 *
 * @param file the file as the person named it
 * @param line the line, from 1
 * @param column the column, from 1
 * @param message what is wrong and, where that is known, what would be right
 */
public record JobFault(String file, int line, int column, String message) {
    @Override
    public String toString() {
        return file + ":" + line + ":" + column + ": " + message;
    }
}
