package dev.millrace.cli.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads job files. A file that breaks a rule is refused whole, and everything that is wrong with it is named with line and column:
 * unknown and repeated keys, wrong types, bad units, and values that the contract does not allow.
 */
public final class JobFileReader {
    static final String DEFAULT_NAME = "default";

    private static final int MAX_CHARACTERS = 4_000_000;

    /** Several times what a job file has. */
    private static final int MAX_DEPTH = 50;

    private static final Set<String> NOT_SUPPORTED_YET = Set.of("schedule", "depends");

    private final String file;
    private final Instant now;
    private final Faults faults;

    private JobFileReader(String file, Instant now) {
        this.file = file;
        this.now = now;
        this.faults = new Faults(file);
    }

    /**
     * Reads a job file.
     *
     * @param file the file as the person named it, for messages
     * @param text what is in it
     * @param now what times such as {@code +10m} count from
     */
    public static JobFileReading read(String file, String text, Instant now) {
        return new JobFileReader(file, now).read(text);
    }

    private JobFileReading read(String text) {
        var job = compose(text)
                .flatMap(root -> Mapping.of(root, "a job file", faults))
                .flatMap(this::job);
        return job.isPresent() && faults.count() == 0
                ? new JobFileReading.Read(job.get())
                : new JobFileReading.Refused(faults.inOrder());
    }

    private Optional<Node> compose(String text) {
        var settings = LoadSettings.builder()
                .setLabel(file)
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        try {
            if (isTooDeep(settings, text)) {
                return Optional.empty();
            }
            var documents = new Compose(settings).composeAllFromString(text).iterator();
            if (!documents.hasNext()) {
                faults.at(1, 1, "the file is empty; a job file has at least name and tasks");
                return Optional.empty();
            }
            var root = documents.next();
            if (documents.hasNext()) {
                faults.at(documents.next(), "a second document begins here; a job file holds one job");
            }
            return Optional.of(root);
        } catch (MarkedYamlEngineException e) {
            faults.at(e.getProblemMark(), "not YAML: " + e.getProblem() + context(e));
        } catch (ReaderException e) {
            notReadable(text, e);
        } catch (YamlEngineException e) {
            faults.at(1, 1, "not YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** The composer calls itself for each level, and would run out of stack in a file that is nothing but brackets; the parser does not. */
    private boolean isTooDeep(LoadSettings settings, String text) {
        int depth = 0;
        for (var event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (depth > MAX_DEPTH) {
                faults.at(event.getStartMark(), "nested deeper than " + MAX_DEPTH + " levels");
                return true;
            }
        }
        return false;
    }

    private static String context(MarkedYamlEngineException e) {
        if (e.getContext() == null || e.getContext().isEmpty()) {
            return "";
        }
        var since = e.getContextMark()
                .map(mark -> " from line " + (mark.getLine() + 1))
                .orElse("");
        return " (" + e.getContext() + since + ")";
    }

    private void notReadable(String text, ReaderException e) {
        var before = text.substring(0, text.offsetByCodePoints(0, e.getPosition()));
        int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
        int column = before.length() - before.lastIndexOf('\n');
        faults.at(line, column, "not YAML: the character U+%04X is not allowed".formatted(e.getCodePoint()));
    }

    private Optional<Job> job(Mapping file) {
        var name = file.requiredText("name").filter(n -> isName(file, "name", n));
        var pool = file.text("pool").filter(p -> isPool(file, p)).orElse(DEFAULT_NAME);
        var role = file.text("role").filter(r -> isRole(file, r)).orElse(DEFAULT_NAME);
        var reader = new TaskReader(name.orElse("job"), pool, role, now, faults);
        var tasks = inGangs(tasks(file, reader), reader.gangs());
        file.refuseOthers(NOT_SUPPORTED_YET);
        return name.map(n -> new Job(n, pool, tasks));
    }

    private List<JobTask> tasks(Mapping file, TaskReader reader) {
        var tasks = new ArrayList<JobTask>();
        if (!file.has("tasks")) {
            faults.at(file.node(), "a job file has no 'tasks'");
        }
        var nodes = file.list("tasks").orElse(List.of());
        if (nodes.isEmpty() && file.has("tasks")) {
            file.fault("tasks", "'tasks' must have at least one task");
        }
        for (var node : nodes) {
            Mapping.of(node, "a task", faults).flatMap(reader::read).ifPresent(tasks::add);
        }
        return tasks;
    }

    private static List<JobTask> inGangs(List<JobTask> tasks, Map<String, JobGang> gangs) {
        return tasks.stream()
                .map(task -> {
                    var gang = gangs.get(task.template().getName());
                    return gang == null ? task : task.in(gang);
                })
                .toList();
    }

    /** Tells whether a word can be part of a task id. */
    static boolean isName(Mapping mapping, String key, String name) {
        return check(mapping, key, Names.isName(name), "'" + name + "' must be " + Names.NAME_RULE);
    }

    private static boolean isPool(Mapping mapping, String pool) {
        return check(mapping, "pool", Names.isPool(pool), "'" + pool + "' must be " + Names.POOL_RULE);
    }

    private static boolean isRole(Mapping mapping, String role) {
        return check(mapping, "role", Names.isRole(role), "'" + role + "' must be " + Names.ROLE_RULE);
    }

    private static boolean check(Mapping mapping, String key, boolean holds, String message) {
        if (!holds) {
            mapping.fault(key, "'" + key + "': " + message);
        }
        return holds;
    }
}
