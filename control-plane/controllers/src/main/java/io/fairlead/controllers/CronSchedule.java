package io.fairlead.controllers;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// When a cron job is due: minute, hour, day of month, month and day of week, or a word such as `@hourly`.
///
/// Where both kinds of days are restricted, either will do. A local time that a clock change leaves out is left out.
record CronSchedule(
        BitSet minutes,
        BitSet hours,
        BitSet monthDays,
        BitSet months,
        BitSet weekDays,
        boolean isEitherDay,
        ZoneId zone) {
    private static final int YEARS_MAX = 5;
    private static final List<String> MONTHS =
            List.of(
                    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                    "dec");
    private static final List<String> DAYS =
            List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

    /// @param zone its name; empty means UTC
    /// @throws IllegalArgumentException says what is wrong
    static CronSchedule parse(String text, String zone) {
        ZoneId where;
        try {
            where = ZoneId.of(zone.isEmpty() ? "UTC" : zone);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("unknown time zone " + zone, e);
        }
        String plain =
                switch (text.strip()) {
                    case "@yearly", "@annually" -> "0 0 1 1 *";
                    case "@monthly" -> "0 0 1 * *";
                    case "@weekly" -> "0 0 * * 0";
                    case "@daily", "@midnight" -> "0 0 * * *";
                    case "@hourly" -> "0 * * * *";
                    default -> text.strip();
                };
        String[] fields = plain.split("\\s+", -1);
        if (fields.length != 5) {
            throw new IllegalArgumentException(
                    "expected exactly 5 fields, found %d: [%s]".formatted(fields.length, plain));
        }
        BitSet weekDays = field(fields[4], 0, 7, DAYS);
        if (weekDays.get(7)) {
            weekDays.set(0);
        }
        return new CronSchedule(
                field(fields[0], 0, 59, List.of()),
                field(fields[1], 0, 23, List.of()),
                field(fields[2], 1, 31, List.of()),
                field(fields[3], 1, 12, MONTHS),
                weekDays,
                !isStar(fields[2]) && !isStar(fields[4]),
                where);
    }

    private static boolean isStar(String field) {
        return field.startsWith("*") || field.startsWith("?");
    }

    private static BitSet field(String text, int least, int most, List<String> words) {
        BitSet bits = new BitSet();
        for (String part : text.split(",", -1)) {
            String[] steps = part.split("/", -1);
            String[] ends = steps[0].split("-", -1);
            boolean star = steps[0].equals("*") || steps[0].equals("?");
            int first = star ? least : number(ends[0], words, least);
            int last = first;
            if (star) {
                last = words.equals(DAYS) ? 6 : most;
            } else if (ends.length == 2) {
                last = number(ends[1], words, least);
            } else if (steps.length == 2) {
                last = most;
            }
            int step = steps.length == 2 ? number(steps[1], List.of(), 0) : 1;
            boolean valid =
                    steps.length <= 2
                            && ends.length <= 2
                            && step > 0
                            && first >= least
                            && last <= most
                            && first <= last;
            if (!valid) {
                throw new IllegalArgumentException("syntax error in field " + text);
            }
            for (int value = first; value <= last; value += step) {
                bits.set(value);
            }
        }
        return bits;
    }

    private static int number(String text, List<String> words, int firstWord) {
        int word = words.indexOf(text.toLowerCase(Locale.ROOT));
        if (word >= 0) {
            return word + firstWord;
        }
        if (!text.matches("[0-9]{1,4}")) {
            throw new IllegalArgumentException("failed to parse int from " + text);
        }
        return Integer.parseInt(text);
    }

    /// The first time after another; empty where there is none within years.
    Optional<Instant> after(Instant time) {
        LocalDateTime from = LocalDateTime.ofInstant(time, zone);
        for (LocalDate day = from.toLocalDate();
                day.isBefore(from.toLocalDate().plusYears(YEARS_MAX));
                day = day.plusDays(1)) {
            if (!includes(day)) {
                continue;
            }
            for (int hour = hours.nextSetBit(0); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
                for (int minute = minutes.nextSetBit(0);
                        minute >= 0;
                        minute = minutes.nextSetBit(minute + 1)) {
                    LocalDateTime local = day.atTime(hour, minute);
                    boolean exists = !zone.getRules().getValidOffsets(local).isEmpty();
                    Instant candidate = local.atZone(zone).toInstant();
                    if (exists && candidate.isAfter(time)) {
                        return Optional.of(candidate);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private boolean includes(LocalDate day) {
        boolean byMonthDay = monthDays.get(day.getDayOfMonth());
        boolean byWeekDay = weekDays.get(day.getDayOfWeek().getValue() % 7);
        return months.get(day.getMonthValue())
                && (isEitherDay ? byMonthDay || byWeekDay : byMonthDay && byWeekDay);
    }

    /// The last time that is after one moment and not after another.
    Optional<Instant> latest(Instant after, Instant until) {
        Optional<Instant> latest = Optional.empty();
        Optional<Instant> next = after(after);
        while (next.isPresent() && !next.get().isAfter(until)) {
            latest = next;
            next = after(next.get());
        }
        return latest;
    }
}
