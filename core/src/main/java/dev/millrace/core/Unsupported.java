package dev.millrace.core;

import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.List;

/** Knows which parts of the contract this version does not carry out. A request that uses one is refused: nothing that it asks for is ignored. */
final class Unsupported {
    private Unsupported() {}

    /** What the request asks for and is not done, in words. */
    static List<String> features(TaskRequest request) {
        List<String> features = new ArrayList<>();
        addIf(!request.getSecrets().isEmpty(), "secrets", features);
        addIf(!request.getArtifacts().isEmpty(), "artifacts", features);
        addIf(request.getContainer() != null, "container", features);
        addIf(request.getIsolationRequired(), "isolationRequired", features);
        addIf(!request.getHealthChecks().isEmpty(), "healthChecks", features);
        return features;
    }

    private static void addIf(boolean used, String feature, List<String> features) {
        if (used) {
            features.add(feature);
        }
    }
}
