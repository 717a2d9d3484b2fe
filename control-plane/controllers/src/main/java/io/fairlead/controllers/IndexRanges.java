package io.fairlead.controllers;

import java.util.SortedSet;
import java.util.TreeSet;

/// Sets of a job's indexes as its status writes them: `0-2,5`.
final class IndexRanges {
    private IndexRanges() {}

    /// What cannot be read is left out, and so is what lies beyond the job's indexes.
    static SortedSet<Integer> parse(String text, int completions) {
        SortedSet<Integer> indexes = new TreeSet<>();
        for (String range : text.split(",", -1)) {
            String[] ends = range.split("-", -1);
            if (!ends[0].matches("[0-9]{1,9}") || !ends[ends.length - 1].matches("[0-9]{1,9}")) {
                continue;
            }
            int last = Math.min(Integer.parseInt(ends[ends.length - 1]), completions - 1);
            for (int index = Integer.parseInt(ends[0]); index <= last; index++) {
                indexes.add(index);
            }
        }
        return indexes;
    }

    static String text(SortedSet<Integer> indexes) {
        StringBuilder text = new StringBuilder();
        int first = -1;
        int last = -2;
        for (int index : indexes) {
            if (index != last + 1) {
                append(text, first, last);
                first = index;
            }
            last = index;
        }
        append(text, first, last);
        return text.toString();
    }

    private static void append(StringBuilder text, int first, int last) {
        if (first < 0) {
            return;
        }
        text.append(text.isEmpty() ? "" : ",").append(first);
        if (last > first) {
            text.append(last == first + 1 ? "," : "-").append(last);
        }
    }
}
