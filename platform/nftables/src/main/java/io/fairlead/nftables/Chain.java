package io.fairlead.nftables;

import java.util.List;
import java.util.Optional;

/// A chain of rules. With a hook the kernel sends it packets, without one other chains do.
public record Chain(String name, Optional<Hook> hook, List<Rule> rules) {
    public Chain {
        rules = List.copyOf(rules);
    }

    public static Chain regular(String name, Rule... rules) {
        return new Chain(name, Optional.empty(), List.of(rules));
    }

    public static Chain base(String name, Hook hook, Rule... rules) {
        return new Chain(name, Optional.of(hook), List.of(rules));
    }

    public Chain withRules(List<Rule> others) {
        return new Chain(name, hook, others);
    }

    /// Where the kernel calls a base chain.
    ///
    /// @param priority chains of one point run in rising order
    public record Hook(Kind kind, Point point, int priority) {
        /// As in a ruleset file.
        public String print() {
            return "type " + kind.keyword + " hook " + point.keyword + " priority " + priority;
        }
    }

    /// What a base chain may do.
    public enum Kind {
        FILTER("filter"),
        NAT("nat"),
        ROUTE("route");

        private final String keyword;

        Kind(String keyword) {
            this.keyword = keyword;
        }

        public String keyword() {
            return keyword;
        }
    }

    /// A point on a packet's way. The order is the kernel's numbering.
    public enum Point {
        PREROUTING("prerouting"),
        INPUT("input"),
        FORWARD("forward"),
        OUTPUT("output"),
        POSTROUTING("postrouting");

        private final String keyword;

        Point(String keyword) {
            this.keyword = keyword;
        }

        public String keyword() {
            return keyword;
        }
    }
}
