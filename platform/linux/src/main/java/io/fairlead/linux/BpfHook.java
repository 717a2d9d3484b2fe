package io.fairlead.linux;

/// A place in the kernel where programs are run for the sockets of a control group's processes. Numbers from `enum bpf_prog_type` and
/// `enum bpf_attach_type`.
public enum BpfHook {
    /// Before an IPv4 socket connects; may change where to, and refuses with the answer 0.
    CONNECT_IPV4(18, 10),
    CONNECT_IPV6(18, 11),
    /// When a process asks whom an IPv4 socket is connected to; may change the answer.
    PEER_NAME_IPV4(18, 29),
    PEER_NAME_IPV6(18, 30),
    /// When the last process lets go of a socket.
    SOCKET_RELEASE(9, 34),
    /// At the turning points in the life of a TCP connection.
    TCP_EVENTS(13, 3);

    private final int programType;
    private final int attachType;

    BpfHook(int programType, int attachType) {
        this.programType = programType;
        this.attachType = attachType;
    }

    int programType() {
        return programType;
    }

    int attachType() {
        return attachType;
    }
}
