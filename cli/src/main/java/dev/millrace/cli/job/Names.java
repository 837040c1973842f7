package dev.millrace.cli.job;

import java.util.regex.Pattern;

/** What names may look like in job files and on the command line; within what the contract allows. */
public final class Names {
    public static final String NAME_RULE =
            "1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit";
    public static final String POOL_RULE =
            "1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit";
    static final String ROLE_RULE = "names of a-z, 0-9, '_' and '-', joined by '/', 128 characters at the most";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern POOL = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern ROLE = Pattern.compile("[a-z0-9_-]++(/[a-z0-9_-]++)*+");
    private static final int MAX_ROLE_CHARACTERS = 128;

    private Names() {}

    /** Tells whether a job or a task may be called so: the name becomes part of task ids. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    public static boolean isPool(String pool) {
        return POOL.matcher(pool).matches();
    }

    public static boolean isRole(String role) {
        return role.length() <= MAX_ROLE_CHARACTERS && ROLE.matcher(role).matches();
    }
}
