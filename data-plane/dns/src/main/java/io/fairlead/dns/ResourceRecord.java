package io.fairlead.dns;

import io.fairlead.api.IpAddress;

/// A record to be written. Names have no dot at the end.
record ResourceRecord(String name, int ttlSeconds, Value value) {
    /// What a record says, by its type.
    sealed interface Value {
        int type();
    }

    record Address(IpAddress address) implements Value {
        @Override
        public int type() {
            return address.isIpv4() ? RecordType.A : RecordType.AAAA;
        }
    }

    /// A record that is one name: CNAME, PTR or NS.
    record Reference(int type, String target) implements Value {}

    record ServiceLocation(int weight, int port, String target) implements Value {
        @Override
        public int type() {
            return RecordType.SRV;
        }
    }

    record Text(String text) implements Value {
        @Override
        public int type() {
            return RecordType.TXT;
        }
    }

    record StartOfAuthority(String server, String mailbox, long serial, int negativeTtlSeconds)
            implements Value {
        @Override
        public int type() {
            return RecordType.SOA;
        }
    }
}
