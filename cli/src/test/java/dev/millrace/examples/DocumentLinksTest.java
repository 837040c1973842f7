package dev.millrace.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sees to it that what the documents point to is there. */
class DocumentLinksTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ +(.*)$", Pattern.MULTILINE);

    static List<Path> documents() throws IOException {
        try (Stream<Path> inDocs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> inRoot = Files.list(ROOT)) {
            return Stream.concat(inRoot, inDocs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void pointsToWhatIsThere(Path document) throws IOException {
        var broken = new ArrayList<String>();
        var links = LINK.matcher(Files.readString(document));
        while (links.find()) {
            var link = links.group(1);
            if (!link.contains("://") && !isThere(document, link)) {
                broken.add(link);
            }
        }

        assertThat(broken).isEmpty();
    }

    private static boolean isThere(Path document, String link) throws IOException {
        int hash = link.indexOf('#');
        var file = hash < 0 ? link : link.substring(0, hash);
        var target = file.isEmpty() ? document : document.resolveSibling(file);
        return Files.exists(target) && (hash < 0 || hasHeading(target, link.substring(hash + 1)));
    }

    private static boolean hasHeading(Path document, String anchor) throws IOException {
        return HEADING.matcher(Files.readString(document))
                .results()
                .anyMatch(heading -> anchor(heading.group(1)).equals(anchor));
    }

    /** As the usual hosts of repositories make it. */
    private static String anchor(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9 _-]", "")
                .replace(' ', '-');
    }
}
