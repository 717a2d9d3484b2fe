package io.fairlead.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A time as kubectl takes it: `500ms`, `30s`, `1m30s`, `2h`; a number alone is seconds.
final class DurationWord implements ITypeConverter<Duration> {
    private static final Pattern WHOLE = Pattern.compile("([0-9]+(\\.[0-9]+)?(ms|s|m|h))+");
    private static final Pattern PART = Pattern.compile("([0-9.]+)(ms|s|m|h)");

    @Override
    public Duration convert(String word) {
        if (word.matches("[0-9]{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(word));
        }
        if (!WHOLE.matcher(word).matches()) {
            throw new TypeConversionException(word + " is not a time like 500ms, 30s or 2m");
        }
        double millis = 0;
        for (Matcher part = PART.matcher(word); part.find(); ) {
            double number = Double.parseDouble(part.group(1));
            millis +=
                    number
                            * switch (part.group(2)) {
                                case "ms" -> 1;
                                case "s" -> 1000;
                                case "m" -> 60_000;
                                default -> 3_600_000;
                            };
        }
        return Duration.ofMillis((long) millis);
    }
}
