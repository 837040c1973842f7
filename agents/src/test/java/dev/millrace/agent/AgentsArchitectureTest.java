package dev.millrace.agent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.millrace.agent.link.AgentSession;
import dev.millrace.agent.link.SessionAction;
import org.junit.jupiter.api.Test;

class AgentsArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.millrace.agent");

    @Test
    void packagesDependOnEachOtherInOneDirection() {
        slices().matching("dev.millrace.(agent..)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theProtocolKnowsNeitherKafkaNorThreadsNorClocks() {
        classes()
                .that()
                .areAssignableTo(AgentSession.class)
                .or()
                .areAssignableTo(SessionAction.class)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "dev.millrace.agent.link",
                        "dev.millrace.contract",
                        "org.apache.avro.specific",
                        "java.lang",
                        "java.lang.runtime",
                        "java.time",
                        "java.util",
                        "java.util.random"))
                .check(CLASSES);
        noClasses()
                .that()
                .areAssignableTo(AgentSession.class)
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
    }

    @Test
    void nothingUsesTheInternalsOfKafka() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..internals..")
                .check(CLASSES);
    }
}
