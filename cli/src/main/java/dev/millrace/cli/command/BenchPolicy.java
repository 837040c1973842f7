package dev.millrace.cli.command;

import dev.millrace.contract.PlacementPolicy;

/** The placement policies, as they are written on the command line of a benchmark. */
enum BenchPolicy {
    binpack(PlacementPolicy.BINPACK),
    spread(PlacementPolicy.SPREAD),
    fragmentation(PlacementPolicy.FRAGMENTATION);

    private final PlacementPolicy contract;

    BenchPolicy(PlacementPolicy contract) {
        this.contract = contract;
    }

    /** Its name in the contract. */
    PlacementPolicy contract() {
        return contract;
    }
}
