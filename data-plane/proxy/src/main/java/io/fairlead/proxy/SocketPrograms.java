package io.fairlead.proxy;

import static io.fairlead.linux.BpfAssembler.Condition.AT_LEAST;
import static io.fairlead.linux.BpfAssembler.Condition.EQUAL;
import static io.fairlead.linux.BpfAssembler.Condition.GREATER;
import static io.fairlead.linux.BpfAssembler.Condition.NOT_EQUAL;
import static io.fairlead.linux.BpfAssembler.Operation.ADD;
import static io.fairlead.linux.BpfAssembler.Operation.AND;
import static io.fairlead.linux.BpfAssembler.Operation.MULTIPLY;
import static io.fairlead.linux.BpfAssembler.Operation.OR;
import static io.fairlead.linux.BpfAssembler.Operation.REMAINDER;
import static io.fairlead.linux.BpfAssembler.Operation.SHIFT_RIGHT;
import static io.fairlead.linux.BpfAssembler.Operation.SUBTRACT;
import static io.fairlead.linux.BpfAssembler.Operation.XOR;
import static io.fairlead.linux.BpfAssembler.Width.DOUBLE;
import static io.fairlead.linux.BpfAssembler.Width.WORD;
import static io.fairlead.linux.BpfRegister.FRAME;
import static io.fairlead.linux.BpfRegister.R0;
import static io.fairlead.linux.BpfRegister.R1;
import static io.fairlead.linux.BpfRegister.R2;
import static io.fairlead.linux.BpfRegister.R3;
import static io.fairlead.linux.BpfRegister.R4;
import static io.fairlead.linux.BpfRegister.R6;
import static io.fairlead.linux.BpfRegister.R7;
import static io.fairlead.linux.BpfRegister.R8;
import static io.fairlead.linux.BpfRegister.R9;

import io.fairlead.linux.BpfAssembler;
import io.fairlead.linux.BpfAssembler.Helper;
import io.fairlead.linux.BpfAssembler.Label;
import io.fairlead.linux.BpfHook;
import io.fairlead.linux.BpfMap;
import io.fairlead.linux.BpfRegister;
import io.fairlead.tables.EndpointSet.Selection;

/// The programs that the kernel runs when a process of the node uses a TCP socket. `docs/mechanisms/how-a-socket-finds-its-endpoint.md` tells
/// their story.
///
/// They never refuse: where they know nothing to do the socket stays as it is, and rules judge its packets. One object writes one program,
/// on one thread.
final class SocketPrograms {
    /// Fields of `struct bpf_sock_addr` (`linux/bpf.h`).
    private static final int USER_ADDRESS_4 = 4;

    private static final int USER_ADDRESS_6 = 8;
    private static final int USER_PORT = 24;
    private static final int PROTOCOL = 36;
    private static final int SOCKET = 64;

    /// Fields of `struct bpf_sock_ops`.
    private static final int EVENT = 0;

    private static final int NEW_STATE = 8;
    private static final int EVENTS_WANTED = 84;
    private static final int BYTES_RECEIVED = 168;
    private static final int BYTES_ACKNOWLEDGED = 176;
    private static final int EVENT_SOCKET = 184;

    private static final int EVENT_CONNECTS = 3;
    private static final int EVENT_STATE = 10;
    private static final int STATE_EVENTS = 4;
    private static final int STATE_CLOSED = 7;

    private static final int TCP = 6;

    /// `00 00 ff ff` in memory.
    private static final int MAPPED_PREFIX = 0xffff0000;

    private static final int MAKE = 1;

    /// How many endpoints of a larger set are compared for least connections, from a random one on.
    private static final int COMPARED_MAX = 32;

    /// Where in a program's memory things are, from its end.
    private static final int FRONTEND = -24;

    private static final int LIVE = FRONTEND - SocketLayout.LIVE_BYTES;
    private static final int LIVE_ENDPOINT = LIVE + 8;
    private static final int SLOT = LIVE - 16;
    private static final int CLIENT = SLOT - 16;
    private static final int REMEMBERED = CLIENT - SocketLayout.ENDPOINT_BYTES - 8;
    private static final int FEWEST = REMEMBERED - 8;
    private static final int FEWEST_ENDPOINT = FEWEST - SocketLayout.ENDPOINT_BYTES;
    private static final int BEGIN = FEWEST_ENDPOINT - 8;
    private static final int AFFINITY = BEGIN - 8;

    private final SocketMaps maps;
    private final BpfAssembler code = new BpfAssembler();

    private SocketPrograms(SocketMaps maps) {
        this.maps = maps;
    }

    static BpfAssembler of(BpfHook hook, SocketMaps maps) {
        SocketPrograms programs = new SocketPrograms(maps);
        switch (hook) {
            case CONNECT_IPV4 -> programs.connect(Family.IPV4);
            case CONNECT_IPV6 -> programs.connect(Family.IPV6);
            case PEER_NAME_IPV4 -> programs.peerName(Family.IPV4);
            case PEER_NAME_IPV6 -> programs.peerName(Family.IPV6);
            case SOCKET_RELEASE -> programs.release();
            case TCP_EVENTS -> programs.events();
        }
        return programs.code;
    }

    private enum Family {
        IPV4,
        IPV6
    }

    /// Rewrites where a socket connects to. R6 is the context all along.
    private void connect(Family family) {
        Label leave = new Label("leave");
        Label noFrontend = new Label("no frontend");
        Label chosen = new Label("chosen");
        code.move(R6, R1).load(WORD, R0, R6, PROTOCOL).jumpIf(R0, NOT_EQUAL, TCP, leave);
        readFrontend(family);
        lookUp(maps.frontends, FRONTEND);
        code.jumpIf(R0, EQUAL, 0, noFrontend);
        code.load(DOUBLE, R7, R0, 0)
                .store(DOUBLE, FRAME, LIVE, R7)
                .store(DOUBLE, FRAME, SLOT, R7)
                .store(DOUBLE, FRAME, CLIENT, R7);
        lookUp(maps.sets, LIVE);
        code.jumpIf(R0, EQUAL, 0, noFrontend)
                // R7 how many endpoints, R8 how to choose.
                .load(WORD, R7, R0, 0)
                .load(WORD, R8, R0, 4)
                .load(DOUBLE, R1, R0, 8)
                .store(DOUBLE, FRAME, AFFINITY, R1)
                .jumpIf(R7, EQUAL, 0, noFrontend);
        recall(chosen);
        choose(chosen);
        // After a miss comes index 0, and only then nothing.
        code.move(R2, 0);
        endpointAt(R2, noFrontend);
        code.label(chosen);
        take(family, noFrontend);
        code.label(leave).exit(1);
        code.label(noFrontend);
        forgetSocket(SOCKET);
        code.exit(1);
    }

    /// The address and port that the process gave, as a key.
    private void readFrontend(Family family) {
        if (family == Family.IPV4) {
            code.store(DOUBLE, FRAME, FRONTEND, 0)
                    .store(WORD, FRAME, FRONTEND + 8, MAPPED_PREFIX)
                    .load(WORD, R0, R6, USER_ADDRESS_4)
                    .store(WORD, FRAME, FRONTEND + 12, R0);
        } else {
            for (int part = 0; part < 16; part += 4) {
                code.load(WORD, R0, R6, USER_ADDRESS_6 + part)
                        .store(WORD, FRAME, FRONTEND + part, R0);
            }
        }
        code.load(WORD, R0, R6, USER_PORT).store(WORD, FRAME, FRONTEND + 16, R0);
    }

    /// Whom this client had, if that is not too long ago and still lives.
    private void recall(Label chosen) {
        Label strange = new Label("not remembered");
        code.move(R1, R6)
                .call(Helper.NAMESPACE_COOKIE)
                .store(DOUBLE, FRAME, CLIENT + 8, R0)
                .load(DOUBLE, R1, FRAME, AFFINITY)
                .jumpIf(R1, EQUAL, 0, strange);
        lookUp(maps.clients, CLIENT);
        code.jumpIf(R0, EQUAL, 0, strange).move(R9, R0);
        code.call(Helper.NANOSECONDS)
                .load(DOUBLE, R1, R9, SocketLayout.ENDPOINT_BYTES)
                .calculate(SUBTRACT, R0, R1)
                .load(DOUBLE, R1, FRAME, AFFINITY)
                .jumpIf(R0, GREATER, R1, strange);
        copyEndpoint(R9, 0, FRAME, LIVE_ENDPOINT);
        lookUp(maps.lives, LIVE);
        code.jumpIf(R0, NOT_EQUAL, 0, chosen).label(strange);
    }

    /// Goes to `chosen` with the element of a living endpoint in R0 and its key in memory, or on when there was none.
    private void choose(Label chosen) {
        Label atIndex = new Label("at index");
        Label miss = new Label("miss");
        Label turn = new Label("turn");
        Label hash = new Label("hash");
        Label fewest = new Label("fewest");
        code.jumpIf(R8, EQUAL, Selection.ROUND_ROBIN.ordinal(), turn)
                .jumpIf(R8, EQUAL, Selection.SOURCE_HASH.ordinal(), hash)
                .jumpIf(R8, EQUAL, Selection.LEAST_CONNECTIONS.ordinal(), fewest)
                .call(Helper.RANDOM)
                .jump(atIndex);

        code.label(turn);
        lookUp(maps.totals, LIVE);
        code.jumpIf(R0, EQUAL, 0, miss)
                .load(DOUBLE, R0, R0, SocketLayout.CONNECTIONS)
                .jump(atIndex);

        code.label(hash).load(DOUBLE, R0, FRAME, CLIENT + 8);
        mix();
        code.jump(atIndex);

        code.label(fewest);
        fewest(miss, chosen);

        code.label(atIndex).calculate(REMAINDER, R0, R7).move(R2, R0);
        endpointAt(R2, miss);
        code.jump(chosen);
        code.label(miss);
    }

    /// Spreads neighbouring numbers in R0 over all (the finisher of MurmurHash3, shortened).
    private void mix() {
        code.move(R1, R0)
                .calculate(SHIFT_RIGHT, R1, 33)
                .calculate(XOR, R0, R1)
                .calculate(MULTIPLY, R0, 0x5bd1e995)
                .move(R1, R0)
                .calculate(SHIFT_RIGHT, R1, 29)
                .calculate(XOR, R0, R1)
                .calculate(AND, R0, Integer.MAX_VALUE);
    }

    /// The living endpoint with the fewest open connections among those looked at.
    private void fewest(Label none, Label chosen) {
        Label next = new Label("next endpoint");
        Label skip = new Label("skip endpoint");
        Label done = new Label("all compared");
        code.call(Helper.RANDOM)
                .store(DOUBLE, FRAME, BEGIN, R0)
                .move(R1, -1)
                .store(DOUBLE, FRAME, FEWEST, R1)
                .store(DOUBLE, FRAME, FEWEST_ENDPOINT, 0)
                .store(DOUBLE, FRAME, FEWEST_ENDPOINT + 8, 0)
                .store(DOUBLE, FRAME, FEWEST_ENDPOINT + 16, 0)
                .move(R9, 0);
        code.label(next)
                .jumpIf(R9, AT_LEAST, R7, done)
                .load(DOUBLE, R2, FRAME, BEGIN)
                .calculate(ADD, R2, R9)
                .calculate(REMAINDER, R2, R7);
        endpointAt(R2, skip);
        code.load(DOUBLE, R1, R0, SocketLayout.OPEN)
                .load(DOUBLE, R2, FRAME, FEWEST)
                .jumpIf(R1, AT_LEAST, R2, skip)
                .store(DOUBLE, FRAME, FEWEST, R1);
        copyEndpoint(FRAME, LIVE_ENDPOINT, FRAME, FEWEST_ENDPOINT);
        code.label(skip)
                .calculate(ADD, R9, 1)
                .jumpIf(R9, BpfAssembler.Condition.LESS, COMPARED_MAX, next)
                .label(done);
        copyEndpoint(FRAME, FEWEST_ENDPOINT, FRAME, LIVE_ENDPOINT);
        lookUp(maps.lives, LIVE);
        code.jumpIf(R0, NOT_EQUAL, 0, chosen).jump(none);
    }

    /// R0 becomes the element of the living endpoint at an index of the set, whose key is then in memory.
    private void endpointAt(BpfRegister index, Label otherwise) {
        code.store(DOUBLE, FRAME, SLOT + 8, index);
        lookUp(maps.slots, SLOT);
        code.jumpIf(R0, EQUAL, 0, otherwise);
        copyEndpoint(R0, 0, FRAME, LIVE_ENDPOINT);
        lookUp(maps.lives, LIVE);
        code.jumpIf(R0, EQUAL, 0, otherwise);
    }

    /// Counts the connection, remembers it at the socket, and writes its destination. R0 is the endpoint's element.
    private void take(Family family, Label otherwise) {
        Label uncounted = new Label("no totals");
        Label unaffine = new Label("no affinity");
        code.move(R7, R0);
        socketElement(SOCKET, MAKE);
        code.jumpIf(R0, EQUAL, 0, otherwise).move(R8, R0);
        uncount(R8, "reconnect");
        for (int offset = 0; offset < SocketLayout.FRONTEND_BYTES; offset += 4) {
            copy(WORD, FRAME, FRONTEND + offset, R8, offset);
        }
        for (int offset = 0; offset < SocketLayout.LIVE_BYTES; offset += 8) {
            copy(DOUBLE, FRAME, LIVE + offset, R8, SocketLayout.SOCKET_LIVE + offset);
        }
        code.store(WORD, R8, SocketLayout.SOCKET_COUNTED, 1)
                .move(R1, 1)
                .addAtomically(R7, SocketLayout.OPEN, R1)
                .addAtomically(R7, SocketLayout.CONNECTIONS, R1);
        lookUp(maps.totals, LIVE);
        code.jumpIf(R0, EQUAL, 0, uncounted)
                .move(R1, 1)
                .addAtomically(R0, SocketLayout.CONNECTIONS, R1)
                .label(uncounted);

        code.load(DOUBLE, R1, FRAME, AFFINITY).jumpIf(R1, EQUAL, 0, unaffine);
        copyEndpoint(FRAME, LIVE_ENDPOINT, FRAME, REMEMBERED);
        code.call(Helper.NANOSECONDS)
                .store(DOUBLE, FRAME, REMEMBERED + SocketLayout.ENDPOINT_BYTES, R0)
                .loadMap(R1, maps.clients)
                .frameAddress(R2, CLIENT)
                .frameAddress(R3, REMEMBERED)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .label(unaffine);
        write(family, FRAME, LIVE_ENDPOINT);
    }

    /// Answers with the Service's address when a socket was led to an endpoint and is asked whom it is connected to.
    private void peerName(Family family) {
        Label leave = new Label("leave");
        code.move(R6, R1);
        socketElement(SOCKET, 0);
        code.jumpIf(R0, EQUAL, 0, leave).move(R8, R0);
        readFrontend(family);
        int endpoint = SocketLayout.SOCKET_LIVE + 8;
        for (int offset = 0; offset < SocketLayout.FRONTEND_BYTES; offset += 4) {
            code.load(WORD, R0, FRAME, FRONTEND + offset)
                    .load(WORD, R1, R8, endpoint + offset)
                    .jumpIf(R0, NOT_EQUAL, R1, leave);
        }
        write(family, R8, 0);
        code.label(leave).exit(1);
    }

    /// Takes a socket off its endpoint's open connections when the last process has let go of it.
    private void release() {
        Label leave = new Label("leave");
        code.move(R6, R1);
        code.loadMap(R1, maps.sockets).move(R2, R6).move(R3, 0).move(R4, 0);
        code.call(Helper.SOCKET_STORAGE).jumpIf(R0, EQUAL, 0, leave).move(R8, R0);
        uncount(R8, "release");
        code.label(leave).exit(1);
    }

    /// Asks to hear of the end of connections that were led to an endpoint, and adds up their bytes then.
    private void events() {
        Label leave = new Label("leave");
        Label closed = new Label("closed");
        Label noLife = new Label("no life");
        code.move(R6, R1)
                .load(WORD, R7, R6, EVENT)
                .jumpIf(R7, EQUAL, EVENT_STATE, closed)
                .jumpIf(R7, NOT_EQUAL, EVENT_CONNECTS, leave);
        socketElement(EVENT_SOCKET, 0, leave);
        code.load(WORD, R2, R6, EVENTS_WANTED)
                .calculate(OR, R2, STATE_EVENTS)
                .move(R1, R6)
                .call(Helper.SET_SOCKET_EVENTS)
                .jump(leave);

        code.label(closed).load(WORD, R0, R6, NEW_STATE).jumpIf(R0, NOT_EQUAL, STATE_CLOSED, leave);
        socketElement(EVENT_SOCKET, 0, leave);
        code.move(R8, R0);
        lookUpAt(maps.lives, R8, SocketLayout.SOCKET_LIVE);
        code.jumpIf(R0, EQUAL, 0, noLife);
        addBytes();
        code.label(noLife);
        lookUpAt(maps.totals, R8, SocketLayout.SOCKET_LIVE);
        code.jumpIf(R0, EQUAL, 0, leave);
        addBytes();
        code.label(leave).exit(1);
    }

    private void addBytes() {
        code.load(DOUBLE, R1, R6, BYTES_ACKNOWLEDGED)
                .addAtomically(R0, SocketLayout.SENT, R1)
                .load(DOUBLE, R1, R6, BYTES_RECEIVED)
                .addAtomically(R0, SocketLayout.RECEIVED, R1);
    }

    /// A socket that connects to something else now has nothing to do with its former endpoint.
    private void forgetSocket(int socketField) {
        Label leave = new Label("nothing to forget");
        socketElement(socketField, 0);
        code.jumpIf(R0, EQUAL, 0, leave).move(R8, R0);
        uncount(R8, "forget");
        for (int offset = 0; offset < SocketLayout.LIVE_BYTES; offset += 8) {
            code.store(DOUBLE, R8, SocketLayout.SOCKET_LIVE + offset, 0);
        }
        code.label(leave);
    }

    /// Takes a socket's connection off the open ones, once.
    private void uncount(BpfRegister element, String where) {
        Label done = new Label(where + ": not counted");
        code.load(WORD, R1, element, SocketLayout.SOCKET_COUNTED)
                .jumpIf(R1, EQUAL, 0, done)
                .store(WORD, element, SocketLayout.SOCKET_COUNTED, 0);
        lookUpAt(maps.lives, element, SocketLayout.SOCKET_LIVE);
        code.jumpIf(R0, EQUAL, 0, done)
                .move(R1, -1)
                .addAtomically(R0, SocketLayout.OPEN, R1)
                .label(done);
    }

    /// R0 becomes the socket's element, or 0.
    private void socketElement(int socketField, int flags) {
        code.load(DOUBLE, R2, R6, socketField)
                .loadMap(R1, maps.sockets)
                .move(R3, 0)
                .move(R4, flags)
                .call(Helper.SOCKET_STORAGE);
    }

    /// The same where there may be no socket.
    private void socketElement(int socketField, int flags, Label otherwise) {
        code.load(DOUBLE, R2, R6, socketField)
                .jumpIf(R2, EQUAL, 0, otherwise)
                .loadMap(R1, maps.sockets)
                .move(R3, 0)
                .move(R4, flags)
                .call(Helper.SOCKET_STORAGE)
                .jumpIf(R0, EQUAL, 0, otherwise);
    }

    /// Writes an address and a port, one behind the other, to where the process says or hears them.
    private void write(Family family, BpfRegister base, int offset) {
        if (family == Family.IPV4) {
            code.load(WORD, R0, base, offset + 12).store(WORD, R6, USER_ADDRESS_4, R0);
        } else {
            for (int part = 0; part < 16; part += 4) {
                code.load(WORD, R0, base, offset + part).store(WORD, R6, USER_ADDRESS_6 + part, R0);
            }
        }
        code.load(WORD, R0, base, offset + 16).store(WORD, R6, USER_PORT, R0);
    }

    private void lookUp(BpfMap map, int key) {
        code.loadMap(R1, map).frameAddress(R2, key).call(Helper.MAP_LOOKUP);
    }

    private void lookUpAt(BpfMap map, BpfRegister base, int key) {
        code.loadMap(R1, map).move(R2, base).calculate(ADD, R2, key).call(Helper.MAP_LOOKUP);
    }

    private void copyEndpoint(BpfRegister from, int fromOffset, BpfRegister to, int toOffset) {
        for (int offset = 0; offset < SocketLayout.ENDPOINT_BYTES; offset += 8) {
            copy(DOUBLE, from, fromOffset + offset, to, toOffset + offset);
        }
    }

    private void copy(
            BpfAssembler.Width width,
            BpfRegister from,
            int fromOffset,
            BpfRegister to,
            int toOffset) {
        code.load(width, R1, from, fromOffset).store(width, to, toOffset, R1);
    }
}
