package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One range of addresses, or one of each family. The first one's family is the primary one: what can have only one address has one of that family.
public record FamilyCidrs(Cidr primary, Optional<Cidr> secondary) {
    /// @throws IllegalArgumentException when both ranges are of one family
    public FamilyCidrs {
        if (secondary.isPresent() && secondary.get().family() == primary.family()) {
            throw new IllegalArgumentException(
                    "\"%s,%s\" are two ranges of one family".formatted(primary, secondary.get()));
        }
    }

    public static FamilyCidrs of(Cidr only) {
        return new FamilyCidrs(only, Optional.empty());
    }

    /// Reads `10.96.0.0/12`, `fd00:96::/108`, or both with a comma between.
    ///
    /// @throws IllegalArgumentException with a sentence that quotes the text
    public static FamilyCidrs parse(String text) {
        List<Cidr> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            ranges.add(Cidr.parse(part.strip()));
        }
        if (ranges.size() > 2) {
            throw new IllegalArgumentException(
                    "\"%s\" are more ranges than one of each family".formatted(text));
        }
        return new FamilyCidrs(
                ranges.getFirst(),
                ranges.size() == 2 ? Optional.of(ranges.getLast()) : Optional.empty());
    }

    /// The primary one first.
    public List<Cidr> list() {
        return secondary.map(other -> List.of(primary, other)).orElse(List.of(primary));
    }

    /// The primary one first.
    public List<IpFamily> families() {
        return list().stream().map(Cidr::family).toList();
    }

    public IpFamily primaryFamily() {
        return primary.family();
    }

    public boolean isDual() {
        return secondary.isPresent();
    }

    public Optional<Cidr> find(IpFamily family) {
        return list().stream().filter(range -> range.family() == family).findFirst();
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        return primary + secondary.map(other -> "," + other).orElse("");
    }
}
