package dev.millrace.core;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
                        .or(belongToAnyOf(SpecificRecord.class, Schema.class, ByteBuffer.class)))
                .check(core);
    }

    @Test
    void hasNoClockThreadFileOrRandomNumber() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.io..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..")
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
        for (int elements = 1; elements <= 10; elements++) {
            Class<?>[] objects = new Class<?>[elements];
            Arrays.fill(objects, Object.class);
            noClasses().should().callMethod(Set.class, "of", objects).check(core);
        }
        noClasses().should().callMethod(Set.class, "of", Object[].class).check(core);
        noClasses()
                .should()
                .callMethod(Map.class, "ofEntries", Map.Entry[].class)
                .check(core);
        noClasses().should().callMethod(Collectors.class, "toSet").check(core);
        noClasses().should().callMethod(Map.class, "copyOf", Map.class).check(core);
        noClasses().should().callMethod(Set.class, "copyOf", Collection.class).check(core);
        noClasses().should().dependOnClassesThat(belongToAnyOf(HashSet.class)).check(core);
        for (Class<?> map : List.of(Map.class, HashMap.class)) {
            noClasses()
                    .that(not(belongToAnyOf(CapacityIndex.class)))
                    .should()
                    .callMethod(map, "forEach", BiConsumer.class)
                    .orShould()
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
                .dependOnClassesThat(belongToAnyOf(Double.class, Float.class))
                .check(core);
        noClasses().should(useFloatingPoint()).check(core);
    }

    /** Primitive types are no dependencies to ArchUnit, so they are looked for where they can stand. */
    private static ArchCondition<JavaClass> useFloatingPoint() {
        Set<String> types = Set.of("double", "float", "double[]", "float[]");
        return new ArchCondition<>("use floating point") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                if (item.isAssignableTo(LinkedHashMap.class)) {
                    return;
                }
                Stream<JavaClass> fields = item.getFields().stream().map(JavaField::getRawType);
                Stream<JavaClass> declared = item.getCodeUnits().stream()
                        .flatMap(unit -> Stream.concat(
                                Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream()));
                Stream<JavaClass> called = item.getCodeUnitCallsFromSelf().stream()
                        // The load factor of a map in the order of use.
                        .filter(call -> !call.getTargetOwner().isAssignableTo(LinkedHashMap.class))
                        .flatMap(call -> Stream.concat(
                                Stream.of(call.getTarget().getRawReturnType()),
                                call.getTarget().getRawParameterTypes().stream()));
                Stream.of(fields, declared, called)
                        .flatMap(found -> found)
                        .filter(type -> types.contains(type.getName()))
                        .forEach(type -> events.add(SimpleConditionEvent.satisfied(item, item + " uses " + type)));
            }
        };
    }

    @Test
    void findsFloatingPointWhereItIs() {
        JavaClasses here = new ClassFileImporter().importClasses(WithFloatingPoint.class);

        assertThatThrownBy(() -> noClasses().should(useFloatingPoint()).check(here))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("double");
    }

    /** What the rule must find. */
    interface WithFloatingPoint {
        double half(int number);
    }
}
