package io.fairlead.api;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Says what is wrong with the schedule of a CronJob: five fields, or one of the words that stand for them.
final class CronSyntax {
    private static final List<String> WORDS =
            List.of(
                    "@yearly",
                    "@annually",
                    "@monthly",
                    "@weekly",
                    "@daily",
                    "@midnight",
                    "@hourly");
    private static final List<String> MONTHS =
            List.of(
                    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                    "dec");
    private static final List<String> DAYS =
            List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
    private static final List<Field> FIELDS =
            List.of(
                    new Field(0, 59, List.of()),
                    new Field(0, 23, List.of()),
                    new Field(1, 31, List.of()),
                    new Field(1, 12, MONTHS),
                    new Field(0, 6, DAYS));

    private CronSyntax() {}

    private record Field(int least, int most, List<String> names) {}

    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message);
        }
    }

    static Optional<String> problem(String schedule) {
        String text = schedule;
        if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
            int space = text.indexOf(' ');
            String zone = text.substring(text.indexOf('=') + 1, space < 0 ? text.length() : space);
            if (zoneOf(zone).isEmpty()) {
                return Optional.of(
                        "provided bad location %s: unknown time zone %s".formatted(zone, zone));
            }
            text = space < 0 ? "" : text.substring(space).strip();
        }
        if (text.startsWith("@")) {
            return WORDS.contains(text) || isPeriod(text)
                    ? Optional.empty()
                    : Optional.of("unrecognized descriptor: " + text);
        }
        List<String> fields = text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
        if (fields.size() != FIELDS.size()) {
            return Optional.of(
                    "expected exactly 5 fields, found %d: [%s]"
                            .formatted(fields.size(), String.join(" ", fields)));
        }
        try {
            for (int i = 0; i < fields.size(); i++) {
                for (String range : fields.get(i).split(",")) {
                    check(range, FIELDS.get(i));
                }
            }
            return Optional.empty();
        } catch (Malformed e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    static Optional<String> zoneProblem(String zone) {
        if (zone.isEmpty()) {
            return Optional.of("timeZone must be nil or non-empty string");
        }
        if (zone.equalsIgnoreCase("Local")) {
            return Optional.of(
                    "timeZone must be an explicit time zone as defined in"
                            + " https://www.iana.org/time-zones");
        }
        return zoneOf(zone).isPresent()
                ? Optional.empty()
                : Optional.of("unknown time zone " + zone);
    }

    private static Optional<ZoneId> zoneOf(String name) {
        try {
            return Optional.of(ZoneId.of(name));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static boolean isPeriod(String text) {
        String prefix = "@every ";
        return text.startsWith(prefix)
                && text.substring(prefix.length())
                        .matches("([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+");
    }

    private static void check(String range, Field field) throws Malformed {
        String[] rangeAndStep = range.split("/", -1);
        String[] ends = rangeAndStep[0].split("-", -1);
        boolean isAny = ends[0].equals("*") || ends[0].equals("?");
        if (rangeAndStep.length > 2) {
            throw new Malformed("too many slashes: " + range);
        }
        if (ends.length > 2) {
            throw new Malformed("too many hyphens: " + range);
        }
        int first = isAny ? field.least() : number(ends[0], field);
        int last = first;
        if (isAny) {
            last = field.most();
        } else if (ends.length == 2) {
            last = number(ends[1], field);
        } else if (rangeAndStep.length == 2) {
            last = field.most();
        }
        if (rangeAndStep.length == 2 && number(rangeAndStep[1]) == 0) {
            throw new Malformed("step of range should be a positive number: " + range);
        }
        if (first < field.least()) {
            throw new Malformed(
                    "beginning of range (%d) below minimum (%d): %s"
                            .formatted(first, field.least(), range));
        }
        if (last > field.most()) {
            throw new Malformed(
                    "end of range (%d) above maximum (%d): %s"
                            .formatted(last, field.most(), range));
        }
        if (first > last) {
            throw new Malformed(
                    "beginning of range (%d) beyond end of range (%d): %s"
                            .formatted(first, last, range));
        }
    }

    private static int number(String text, Field field) throws Malformed {
        int named = text.isEmpty() ? -1 : field.names().indexOf(text.toLowerCase(Locale.ROOT));
        return named >= 0 ? named : number(text);
    }

    private static int number(String text) throws Malformed {
        int number;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new Malformed(
                    "failed to parse int from %s: strconv.Atoi: parsing \"%s\": invalid syntax"
                            .formatted(text, text));
        }
        if (number < 0) {
            throw new Malformed("negative number (%d) not allowed: %s".formatted(number, text));
        }
        return number;
    }
}
