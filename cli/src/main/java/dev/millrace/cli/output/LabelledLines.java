package dev.millrace.cli.output;

/** Shows one thing as lines of a label and what is to be said, all beginning in the same column. One thread uses it. */
public final class LabelledLines {
    private static final int LABEL_COLUMNS = 12;

    private final Terminal terminal;

    public LabelledLines(Terminal terminal) {
        this.terminal = terminal;
    }

    /** One line, or several if the text has several; none if there is nothing to say. */
    public void line(String label, String text) {
        if (text.isEmpty()) {
            return;
        }
        var indented = text.replace("\n", "\n" + " ".repeat(LABEL_COLUMNS));
        terminal.out().println(terminal.style().faint(label) + " ".repeat(LABEL_COLUMNS - label.length()) + indented);
    }
}
