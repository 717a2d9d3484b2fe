package io.fairlead.cli;

import io.fairlead.cluster.ClusterException;

/// A range of ports as a person writes it, such as `30000-32767`. Whether it can be is for others to judge.
record PortRange(int first, int last) {
    /// @throws ClusterException that names the option when it cannot be read
    static PortRange parse(String option, String text) {
        if (!text.matches("[0-9]{1,5}-[0-9]{1,5}")) {
            throw new ClusterException(
                    "%s %s is not a range of ports like 30000-32767.".formatted(option, text));
        }
        int hyphen = text.indexOf('-');
        return new PortRange(
                Integer.parseInt(text.substring(0, hyphen)),
                Integer.parseInt(text.substring(hyphen + 1)));
    }
}
