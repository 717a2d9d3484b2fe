package io.fairlead.node;

/// What one probe found.
///
/// @param message for the user, where it failed
record ProbeOutcome(Verdict verdict, String message) {
    enum Verdict {
        SUCCESS,
        FAILURE
    }

    static final ProbeOutcome SUCCESS = new ProbeOutcome(Verdict.SUCCESS, "");

    static ProbeOutcome failure(String message) {
        return new ProbeOutcome(Verdict.FAILURE, message);
    }

    boolean isSuccess() {
        return verdict == Verdict.SUCCESS;
    }
}
