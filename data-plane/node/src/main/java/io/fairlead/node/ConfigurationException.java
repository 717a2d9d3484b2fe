package io.fairlead.node;

/// A container cannot be configured as its pod asks; trying again helps once somebody has changed an object.
final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    ConfigurationException(String message) {
        super(message);
    }
}
