package dev.millrace.cli.command;

import dev.millrace.agent.sim.Fleet;
import dev.millrace.agent.sim.RunTime;
import dev.millrace.cli.job.AmountsText;
import dev.millrace.cli.job.ConstraintText;
import dev.millrace.cli.job.PolicyReader;
import dev.millrace.cli.job.Quantities;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads options that are written as in job files. */
final class Converters {
    private Converters() {}

    private static <T> T convert(String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** What a reader makes of an option's value; a complaint that names the option if that is not possible. */
    static <T> T option(String name, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(name + ": " + e.getMessage());
        }
    }

    static final class Milli implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return Converters.convert(text, Quantities::milli);
        }
    }

    static final class Mib implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return Converters.convert(text, Quantities::mib);
        }
    }

    static final class Length implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Duration.ofMillis(Converters.convert(text, Quantities::millis));
        }
    }

    /** A past moment. */
    static final class Moment implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            return Converters.convert(
                    text, moment -> Quantities.past(moment, Instant.now()).truncatedTo(ChronoUnit.MILLIS));
        }
    }

    static final class Condition implements ITypeConverter<Constraint> {
        @Override
        public Constraint convert(String text) {
            return Converters.convert(text, ConstraintText::parse);
        }
    }

    static final class Restart implements ITypeConverter<RestartMode> {
        @Override
        public RestartMode convert(String text) {
            return Converters.convert(text, PolicyReader::restartMode);
        }
    }

    static final class Agents implements ITypeConverter<Fleet> {
        @Override
        public Fleet convert(String text) {
            return Converters.convert(text, Fleet::parse);
        }
    }

    static final class RunTimes implements ITypeConverter<RunTime> {
        @Override
        public RunTime convert(String text) {
            return Converters.convert(text, RunTime::parse);
        }
    }

    static final class Amounts implements ITypeConverter<Quota> {
        @Override
        public Quota convert(String text) {
            return Converters.convert(text, AmountsText::quota);
        }
    }

    static final class Needs implements ITypeConverter<Resources> {
        @Override
        public Resources convert(String text) {
            return Converters.convert(text, AmountsText::resources);
        }
    }

    /** A decimal number, in thousandths. */
    static final class Weight implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Converters.convert(text, RoleChange::weight);
        }
    }

    static final class RoleChanges implements ITypeConverter<RoleChange> {
        @Override
        public RoleChange convert(String text) {
            return Converters.convert(text, RoleChange::parse);
        }
    }

    /** A whole number, or {@code none}, which commands write as -1. */
    static final class Bound implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            if (text.equals("none")) {
                return -1;
            }
            if (!text.matches("[0-9]{1,9}")) {
                throw new TypeConversionException("'" + text + "' is neither a whole number nor none");
            }
            return Integer.parseInt(text);
        }
    }

    static final class Placement implements ITypeConverter<PlacementPolicy> {
        @Override
        public PlacementPolicy convert(String text) {
            return switch (text) {
                case "binpack" -> PlacementPolicy.BINPACK;
                case "spread" -> PlacementPolicy.SPREAD;
                case "fragmentation" -> PlacementPolicy.FRAGMENTATION;
                default ->
                    throw new TypeConversionException("'" + text + "' is none of binpack, spread, fragmentation");
            };
        }
    }
}
