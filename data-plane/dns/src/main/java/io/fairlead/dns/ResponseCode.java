package io.fairlead.dns;

/// How a query was answered (RFC 1035, 4.1.1; RFC 6891 for the last).
enum ResponseCode {
    NO_ERROR(0),
    FORMAT_ERROR(1),
    SERVER_FAILURE(2),
    NO_SUCH_NAME(3),
    NOT_IMPLEMENTED(4),
    REFUSED(5),
    BAD_VERSION(16);

    private final int number;

    ResponseCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
