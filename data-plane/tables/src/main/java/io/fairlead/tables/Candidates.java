package io.fairlead.tables;

import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Everyone who may serve one port of a Service, of all its slices. A changed slice costs the work of that slice, however many there are.
///
/// @param sorted by address and port, each of them once
/// @param areTold whether each is told by one slice alone, and so is gone when that one does not tell it any more
record Candidates(List<Candidate> sorted, Telling areTold) {
    private static final Candidates NONE = new Candidates(List.of(), Telling.ONCE);

    /// How often slices tell of the same endpoint.
    enum Telling {
        ONCE,
        REPEATEDLY
    }

    /// What slices call a port.
    record PortKey(String name, Protocol protocol, IpFamily family) {}

    /// A slice before and after; empty where there was, or is, none.
    record SliceChange(Optional<SliceContents> before, Optional<SliceContents> after) {}

    static Candidates of(PortKey port, Collection<SliceContents> slices) {
        List<Candidate> all = new ArrayList<>();
        slices.forEach(slice -> all.addAll(slice.candidates(port)));
        if (all.isEmpty()) {
            return NONE;
        }
        all.sort(Candidate::compareEndpoints);
        List<Candidate> merged = new ArrayList<>(all.size());
        for (Candidate candidate : all) {
            int last = merged.size() - 1;
            if (last >= 0 && Candidate.compareEndpoints(merged.get(last), candidate) == 0) {
                merged.set(last, merged.get(last).merge(candidate));
            } else {
                merged.add(candidate);
            }
        }
        return new Candidates(
                List.copyOf(merged),
                merged.size() == all.size() ? Telling.ONCE : Telling.REPEATEDLY);
    }

    /// The same as [#of] of the slices as they are now.
    ///
    /// @param changes what differs from the slices that this was made of
    /// @param slices all of them, as they are now
    Candidates with(PortKey port, List<SliceChange> changes, Collection<SliceContents> slices) {
        List<Candidate> left = new ArrayList<>();
        List<Candidate> came = new ArrayList<>();
        for (SliceChange change : changes) {
            change.before().ifPresent(slice -> left.addAll(slice.candidates(port)));
            change.after().ifPresent(slice -> came.addAll(slice.candidates(port)));
        }
        // As many as all there are: then starting over is no more work.
        if (areTold == Telling.REPEATEDLY || left.size() + came.size() >= sorted.size()) {
            return of(port, slices);
        }
        List<Candidate> next = new ArrayList<>(sorted);
        left.sort(Candidate::compareEndpoints);
        came.sort(Candidate::compareEndpoints);
        int gone = 0;
        for (Candidate candidate : came) {
            while (gone < left.size()
                    && Candidate.compareEndpoints(left.get(gone), candidate) < 0) {
                if (!remove(next, left.get(gone++))) {
                    return of(port, slices);
                }
            }
            boolean wasHere =
                    gone < left.size()
                            && Candidate.compareEndpoints(left.get(gone), candidate) == 0;
            int place = find(next, candidate);
            if (wasHere != (place >= 0)) {
                // Told by another slice too, or by one that came and went meanwhile.
                return of(port, slices);
            }
            if (wasHere) {
                gone++;
                if (!next.get(place).equals(candidate)) {
                    next.set(place, candidate);
                }
            } else {
                next.add(-place - 1, candidate);
            }
        }
        while (gone < left.size()) {
            if (!remove(next, left.get(gone++))) {
                return of(port, slices);
            }
        }
        return new Candidates(List.copyOf(next), Telling.ONCE);
    }

    private static boolean remove(List<Candidate> from, Candidate candidate) {
        int place = find(from, candidate);
        if (place >= 0) {
            from.remove(place);
        }
        return place >= 0;
    }

    /// As [java.util.Collections#binarySearch].
    private static int find(List<Candidate> in, Candidate candidate) {
        int low = 0;
        int high = in.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Candidate.compareEndpoints(in.get(middle), candidate);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -(low + 1);
    }
}
