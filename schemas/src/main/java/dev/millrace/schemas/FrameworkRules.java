package dev.millrace.schemas;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.UpdateFramework;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The rules of what frameworks say. A task that an operation launches is judged by itself when it is launched, but for its id; whether a call
 * makes sense in the state that things are in is not asked here.
 */
final class FrameworkRules {
    private static final int MAX_UNITS = 1_000_000_000;
    private static final int MAX_ROLES = 20;
    private static final int MAX_LABELS = 64;
    private static final int MAX_OFFERS_ACCEPTED = 100;
    private static final int MAX_OFFERS_DECLINED = 500;
    private static final int MAX_OPERATIONS = 100;
    private static final int MAX_TASKS = 1_000;
    private static final int MAX_OFFER_ID_CHARACTERS = 64;

    private FrameworkRules() {}

    /** Checks the ids of a record of the topic framework-calls without which it can't be answered; any other is left alone. */
    static void checkIdentity(Faults faults, SpecificRecord record) {
        FrameworkCall.of(record).ifPresent(call -> IdRules.framework(faults, "frameworkId", call.frameworkId()));
        if (record instanceof AcceptOffers accept) {
            for (int i = 0; i < accept.getOperations().size(); i++) {
                List<TaskRequest> tasks = accept.getOperations().get(i).getTasks();
                for (int t = 0; t < tasks.size(); t++) {
                    String field = "operations[" + i + "].tasks[" + t + "].taskId";
                    IdRules.task(faults, field, tasks.get(t).getTaskId());
                }
            }
        } else if (record instanceof KillFrameworkTask kill) {
            IdRules.task(faults, "taskId", kill.getTaskId());
        } else if (record instanceof ShutdownExecutor shutdown) {
            IdRules.agent(faults, "agentId", shutdown.getAgentId());
            IdRules.executor(faults, "executorId", shutdown.getExecutorId());
        } else if (record instanceof SendMessage message) {
            IdRules.agent(faults, "agentId", message.getAgentId());
            IdRules.executor(faults, "executorId", message.getExecutorId());
        }
    }

    /** Checks a record of the topic framework-calls. */
    static void check(Faults faults, SpecificRecord record) {
        if (record instanceof Subscribe subscribe) {
            faults.line("name", subscribe.getName(), 0, 128);
            faults.line("principal", subscribe.getPrincipal(), 0, 128);
            roles(faults, subscribe.getRoles());
            faults.range("failoverTimeoutMs", subscribe.getFailoverTimeoutMs(), 0, TaskRequestRules.YEAR_MS);
            faults.line("webUiUrl", subscribe.getWebUiUrl(), 0, 1_024);
            faults.size("labels", subscribe.getLabels(), MAX_LABELS);
            TaskRequestRules.keyValues(faults, "labels", subscribe.getLabels(), AgentRules.MAX_ATTRIBUTE_CHARACTERS);
        } else if (record instanceof UpdateFramework update) {
            roles(faults, update.getRoles());
            faults.range("failoverTimeoutMs", update.getFailoverTimeoutMs(), 0, TaskRequestRules.YEAR_MS);
        } else if (record instanceof AcceptOffers accept) {
            offers(faults, accept.getOfferIds(), MAX_OFFERS_ACCEPTED);
            faults.range("refuseMs", accept.getRefuseMs(), 0, TaskRequestRules.YEAR_MS);
            operations(faults, accept.getOperations());
        } else if (record instanceof DeclineOffers decline) {
            offers(faults, decline.getOfferIds(), MAX_OFFERS_DECLINED);
            faults.range("refuseMs", decline.getRefuseMs(), 0, TaskRequestRules.YEAR_MS);
        } else if (record instanceof ReviveOffers revive) {
            roleNames(faults, revive.getRoles());
            faults.range("unitsWanted", revive.getUnitsWanted(), 0, MAX_UNITS);
        } else if (record instanceof SuppressOffers suppress) {
            roleNames(faults, suppress.getRoles());
        } else if (record instanceof KillFrameworkTask kill) {
            faults.range("gracePeriodMs", kill.getGracePeriodMs(), 0, TaskRequestRules.MAX_GRACE_MS);
        } else if (record instanceof ReconcileTasks reconcile) {
            faults.line("reconciliationId", reconcile.getReconciliationId(), 0, 64);
            faults.size("taskIds", reconcile.getTaskIds(), MAX_TASKS);
            for (int i = 0; i < reconcile.getTaskIds().size(); i++) {
                IdRules.task(
                        faults, "taskIds[" + i + "]", reconcile.getTaskIds().get(i));
            }
        } else if (record instanceof SendMessage message) {
            ExecutorRules.data(faults, "data", message.getData());
        } else if (record instanceof FrameworkHeartbeat
                || record instanceof FrameworkLeaving
                || record instanceof Teardown
                || record instanceof ShutdownExecutor) {
            return; // Ids are all that they have.
        }
    }

    private static void roles(Faults faults, List<FrameworkRole> roles) {
        if (roles.isEmpty()) {
            faults.add("roles are missing: at least one must be given");
        }
        faults.size("roles", roles, MAX_ROLES);
        for (int i = 0; i < roles.size(); i++) {
            FrameworkRole role = roles.get(i);
            String field = "roles[" + i + "]";
            IdRules.role(faults, field + ".role", role.getRole());
            TaskRequestRules.constraints(faults, field + ".constraints", role.getConstraints());
            faults.range(field + ".unitPorts", role.getUnitPorts(), 0, TaskRequestRules.MAX_PORT_COUNT);
            faults.range(field + ".unitsWanted", role.getUnitsWanted(), 0, MAX_UNITS);
            if (role.getUnit() != null) {
                ResourceRules.check(faults, field + ".unit", role.getUnit());
                if (!role.getUnit().getPorts().isEmpty()) {
                    faults.add(field + ".unit names ports: unitPorts must say how many");
                }
                if (ResourceRules.isNothing(role.getUnit())) {
                    faults.add(field + ".unit is nothing: something must be more than 0");
                }
                ResourceRules.devices(faults, field + ".unit", role.getUnit().getGpuMillis());
            } else if (role.getUnitsWanted() != null || role.getUnitPorts() != 0) {
                faults.add(field + ".unit is missing: must be given with unitsWanted and unitPorts");
            }
        }
        faults.sorted("roles", roles, "role", FrameworkRole::getRole);
    }

    private static void roleNames(Faults faults, List<String> roles) {
        faults.size("roles", roles, MAX_ROLES);
        for (int i = 0; i < roles.size(); i++) {
            IdRules.role(faults, "roles[" + i + "]", roles.get(i));
        }
    }

    private static void offers(Faults faults, List<String> offerIds, int most) {
        if (offerIds.isEmpty()) {
            faults.add("offerIds are missing: at least one must be given");
        }
        faults.size("offerIds", offerIds, most);
        for (int i = 0; i < offerIds.size(); i++) {
            faults.line("offerIds[" + i + "]", offerIds.get(i), 1, MAX_OFFER_ID_CHARACTERS);
        }
        if (offerIds.stream().distinct().count() < offerIds.size()) {
            faults.add("offerIds name an offer twice: each must be named once");
        }
    }

    private static void operations(Faults faults, List<OfferOperation> operations) {
        faults.size("operations", operations, MAX_OPERATIONS);
        int tasks = 0;
        for (int i = 0; i < operations.size(); i++) {
            OfferOperation operation = operations.get(i);
            String field = "operations[" + i + "]";
            faults.line(field + ".operationId", operation.getOperationId(), 0, 64);
            if (operation.getType() == OperationType.OPERATION_UNKNOWN) {
                faults.add(field + ".type", operation.getType(), "must be LAUNCH, LAUNCH_GROUP, RESERVE or UNRESERVE");
            } else {
                parts(faults, field, operation);
            }
            tasks += operation.getTasks().size();
        }
        if (tasks > MAX_TASKS) {
            faults.add("operations have " + tasks + " tasks: may have at most " + MAX_TASKS + " in all");
        }
    }

    private static void parts(Faults faults, String field, OfferOperation operation) {
        boolean launches =
                operation.getType() == OperationType.LAUNCH || operation.getType() == OperationType.LAUNCH_GROUP;
        @Nullable Reservation reservation = operation.getReservation();
        if (launches == operation.getTasks().isEmpty()) {
            faults.add(field + ".tasks " + (launches ? "are missing: LAUNCH and LAUNCH_GROUP have" : "are given: only")
                    + (launches ? " some" : " LAUNCH and LAUNCH_GROUP have some"));
        }
        if (launches == (reservation != null)) {
            faults.add(field + ".reservation is " + (launches ? "given: only" : "missing:")
                    + " RESERVE and UNRESERVE have one");
        }
        if (reservation != null) {
            OperatorRules.some(faults, field + ".reservation", reservation);
        }
    }
}
