package dev.millrace.connect;

/** What Connect shows as the version of this project's plugins. */
final class PluginVersion {
    private PluginVersion() {}

    /** The version that the jar names; classes that are not in a jar have none. */
    static String get() {
        String version = PluginVersion.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }
}
