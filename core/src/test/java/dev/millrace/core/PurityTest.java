package dev.millrace.core;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

/** Holds the core to what makes its decisions functions of their inputs. */
class PurityTest {
    private final JavaClasses core = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.millrace.core");

    @Test
    void usesTheContractAndTheJdkOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "dev.millrace.core..",
                                "dev.millrace.schemas..",
                                "dev.millrace.contract..",
                                "dev.millrace.state..",
                                "java.lang..",
                                "java.util..",
                                "java.time..",
                                "com.google.re2j..",
                                "org.jspecify..")
                        .or(belongToAnyOf(SpecificRecord.class, Schema.class)))
                .check(core);
    }

    @Test
    void hasNoClockThreadFileOrRandomNumber() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.io..", "java.nio..", "java.util.concurrent..")
                        .or(belongToAnyOf(Thread.class, Clock.class, Random.class, UUID.class, Runtime.class)))
                .check(core);
        noClasses().should().callMethod(System.class, "currentTimeMillis").check(core);
        noClasses().should().callMethod(System.class, "nanoTime").check(core);
        noClasses().should().callMethod(Instant.class, "now").check(core);
        noClasses()
                .should()
                .callMethod(System.class, "identityHashCode", Object.class)
                .check(core);
    }

    @Test
    void usesNothingWhoseOrderDiffersBetweenRuns() {
        for (int pairs = 0; pairs <= 10; pairs++) {
            Class<?>[] keysAndValues = new Class<?>[2 * pairs];
            Arrays.fill(keysAndValues, Object.class);
            noClasses().should().callMethod(Map.class, "of", keysAndValues).check(core);
        }
        noClasses().should().callMethod(Map.class, "copyOf", Map.class).check(core);
        noClasses().should().callMethod(Set.class, "copyOf", Collection.class).check(core);
        noClasses().should().dependOnClassesThat(belongToAnyOf(HashSet.class)).check(core);
        for (Class<?> map : List.of(Map.class, HashMap.class)) {
            noClasses()
                    .that(not(belongToAnyOf(CapacityIndex.class)))
                    .should()
                    .callMethod(map, "entrySet")
                    .orShould()
                    .callMethod(map, "keySet")
                    .orShould()
                    .callMethod(map, "values")
                    .check(core);
        }
    }

    @Test
    void usesNoFloatingPointAndNoBacktrackingRegularExpressions() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.util.regex.."))
                .orShould()
                .dependOnClassesThat(belongToAnyOf(Double.class, Float.class, double.class, float.class))
                .check(core);
    }
}
