package dev.millrace.client.framework;

import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.TaskRequest;
import java.util.List;

/** Makes the operations with which offers are used. */
public final class Operations {
    private Operations() {}

    /** Starts each of the tasks, in the offer's role. */
    public static OfferOperation launch(String pool, Offer on, List<TaskRequest> tasks) {
        return new OfferOperation(OperationType.LAUNCH, "", placed(pool, on, tasks), null);
    }

    /** Hands all of the tasks, which have one executor, to it together, or none. */
    public static OfferOperation launchGroup(String pool, Offer on, List<TaskRequest> tasks) {
        return new OfferOperation(OperationType.LAUNCH_GROUP, "", placed(pool, on, tasks), null);
    }

    /** Reserves some of what is offered for the offer's role. */
    public static OfferOperation reserve(Reservation reservation) {
        return new OfferOperation(OperationType.RESERVE, "", List.of(), reservation);
    }

    /** Takes back some of what is reserved for the offer's role. */
    public static OfferOperation unreserve(Reservation reservation) {
        return new OfferOperation(OperationType.UNRESERVE, "", List.of(), reservation);
    }

    private static List<TaskRequest> placed(String pool, Offer on, List<TaskRequest> tasks) {
        return tasks.stream()
                .map(task -> TaskRequest.newBuilder(task)
                        .setPool(pool)
                        .setRole(on.getRole())
                        .build())
                .toList();
    }
}
