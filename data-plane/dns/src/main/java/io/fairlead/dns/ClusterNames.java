package io.fairlead.dns;

import io.fairlead.api.IpAddress;
import io.fairlead.dns.ResourceRecord.Address;
import io.fairlead.dns.ResourceRecord.Reference;
import io.fairlead.dns.ResourceRecord.ServiceLocation;
import io.fairlead.dns.ResourceRecord.StartOfAuthority;
import io.fairlead.dns.ResourceRecord.Text;
import io.fairlead.tables.NameTable;
import io.fairlead.tables.Records;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Answers for the cluster's zone, all of it, for the addresses that have names in it, and for the host names that load balancers have. Other addresses' names are left to the next link.
///
/// The table may be replaced by any thread; a query sees one table.
final class ClusterNames implements Link {
    private static final int TTL_SECONDS = 5;

    /// That a name does not exist must not be remembered: it may exist a moment later.
    private static final int NEGATIVE_TTL_SECONDS = 0;

    private static final int CANONICAL_NAMES_MAX = 8;

    private final String zone;
    private final Resolver outside;
    private volatile @Nullable NameTable table;
    private final AtomicLong serial = new AtomicLong();
    private int turn;

    /// Finds the records of a name that is not the cluster's.
    interface Resolver {
        /// Replies with the records in the order of their names, or with nothing when they could not be found out.
        void resolve(Query query, String name, Consumer<Optional<Found>> reply);
    }

    /// What is known of a name outside.
    record Found(ResponseCode code, List<ResourceRecord> records) {}

    ClusterNames(String zone, Resolver outside) {
        this.zone = zone;
        this.outside = outside;
    }

    void publish(NameTable next) {
        table = next;
        serial.incrementAndGet();
    }

    boolean isReady() {
        return table != null;
    }

    Optional<NameTable> table() {
        return Optional.ofNullable(table);
    }

    @Override
    public boolean take(Query query, Consumer<Answer> reply) {
        NameTable current = table;
        if (!isInZone(query.name())) {
            return current != null
                    && (takeAlias(current, query, reply) || takeReverse(current, query, reply));
        }
        if (current == null) {
            reply.accept(Answer.failure(ResponseCode.SERVER_FAILURE));
        } else if (query.recordClass() != Query.CLASS_INTERNET) {
            reply.accept(Answer.failure(ResponseCode.REFUSED));
        } else {
            follow(current, query, query.name(), new ArrayList<>(), reply);
        }
        return true;
    }

    private boolean isInZone(String name) {
        return name.endsWith(zone)
                && (name.length() == zone.length()
                        || name.charAt(name.length() - zone.length() - 1) == '.');
    }

    /// The names that load balancers have outside of the zone. Whoever asks from inside is to find them, whether or not the world knows them.
    private boolean takeAlias(NameTable current, Query query, Consumer<Answer> reply) {
        Optional<Records> found =
                query.recordClass() == Query.CLASS_INTERNET
                        ? current.findAlias(query.name())
                        : Optional.empty();
        if (found.isEmpty()) {
            return false;
        }
        List<ResourceRecord> answers = new ArrayList<>();
        addRecords(query, query.name(), found.get(), answers);
        reply.accept(
                answers.isEmpty()
                        ? negative(ResponseCode.NO_ERROR, answers)
                        : positive(answers, List.of()));
        return true;
    }

    private boolean takeReverse(NameTable current, Query query, Consumer<Answer> reply) {
        Optional<IpAddress> address = ReverseName.address(query.name());
        List<String> names = address.map(current::namesOf).orElse(List.of());
        if (names.isEmpty()) {
            return false;
        }
        List<ResourceRecord> answers = new ArrayList<>();
        if (query.asksFor(RecordType.PTR)) {
            for (String name : names) {
                answers.add(record(query.name(), new Reference(RecordType.PTR, name)));
            }
        }
        reply.accept(
                new Answer.Composed(ResponseCode.NO_ERROR, true, answers, List.of(), List.of()));
        return true;
    }

    /// Answers for a name and, as long as it only points to another one, for that.
    private void follow(
            NameTable current,
            Query query,
            String name,
            List<ResourceRecord> answers,
            Consumer<Answer> reply) {
        String at = name;
        for (int i = 0; i < CANONICAL_NAMES_MAX; i++) {
            Optional<Records> found = current.find(at);
            if (found.isEmpty()) {
                // Also for the target of a canonical name (RFC 6604).
                reply.accept(negative(ResponseCode.NO_SUCH_NAME, answers));
                return;
            }
            Records records = found.get();
            if (records.canonicalName().isEmpty()) {
                addRecords(query, at, records, answers);
                reply.accept(
                        answers.isEmpty() || isOnlyCanonical(answers, query)
                                ? negative(ResponseCode.NO_ERROR, answers)
                                : positive(answers, additional(current, answers)));
                return;
            }
            String target = records.canonicalName();
            answers.add(record(at, new Reference(RecordType.CNAME, target)));
            if (query.asksFor(RecordType.CNAME)) {
                reply.accept(positive(answers, List.of()));
                return;
            }
            if (!isInZone(target)) {
                followOutside(query, target, answers, reply);
                return;
            }
            at = target;
        }
        reply.accept(Answer.failure(ResponseCode.SERVER_FAILURE));
    }

    private void followOutside(
            Query query, String target, List<ResourceRecord> answers, Consumer<Answer> reply) {
        outside.resolve(
                query,
                target,
                found -> {
                    if (found.isEmpty()) {
                        reply.accept(Answer.failure(ResponseCode.SERVER_FAILURE));
                        return;
                    }
                    answers.addAll(found.get().records());
                    reply.accept(
                            new Answer.Composed(
                                    found.get().code(), true, answers, List.of(), List.of()));
                });
    }

    private static boolean isOnlyCanonical(List<ResourceRecord> answers, Query query) {
        return !query.asksFor(RecordType.CNAME)
                && answers.stream().allMatch(r -> r.value().type() == RecordType.CNAME);
    }

    private void addRecords(
            Query query, String name, Records records, List<ResourceRecord> answers) {
        if (query.asksFor(RecordType.A)) {
            addAddresses(name, records.ipv4(), answers);
        }
        if (query.asksFor(RecordType.AAAA)) {
            addAddresses(name, records.ipv6(), answers);
        }
        if (query.asksFor(RecordType.SRV)) {
            List<Records.Target> services = records.services();
            for (Records.Target target : services) {
                int weight = Math.max(1, 100 / services.size());
                answers.add(
                        record(name, new ServiceLocation(weight, target.port(), target.host())));
            }
        }
        if (query.asksFor(RecordType.TXT)) {
            records.texts().forEach(text -> answers.add(record(name, new Text(text))));
        }
        if (name.equals(zone)) {
            if (query.asksFor(RecordType.NS)) {
                answers.add(record(zone, new Reference(RecordType.NS, "ns.dns." + zone)));
            }
            if (query.asksFor(RecordType.SOA)) {
                answers.add(startOfAuthority(TTL_SECONDS));
            }
        }
    }

    /// Each answer starts with another address, because most clients take the first one.
    private void addAddresses(
            String name, List<IpAddress> addresses, List<ResourceRecord> answers) {
        int count = addresses.size();
        int first = count > 1 ? Math.floorMod(turn++, count) : 0;
        for (int i = 0; i < count; i++) {
            answers.add(record(name, new Address(addresses.get((first + i) % count))));
        }
    }

    /// The addresses of the hosts that SRV records name.
    private List<ResourceRecord> additional(NameTable current, List<ResourceRecord> answers) {
        Set<String> hosts = new LinkedHashSet<>();
        for (ResourceRecord answer : answers) {
            if (answer.value() instanceof ServiceLocation service) {
                hosts.add(service.target());
            }
        }
        List<ResourceRecord> additional = new ArrayList<>();
        for (String host : hosts) {
            Records records = current.find(host).orElse(Records.NONE);
            records.ipv4().forEach(address -> additional.add(record(host, new Address(address))));
            records.ipv6().forEach(address -> additional.add(record(host, new Address(address))));
        }
        return additional;
    }

    private static Answer positive(List<ResourceRecord> answers, List<ResourceRecord> additional) {
        return new Answer.Composed(ResponseCode.NO_ERROR, true, answers, List.of(), additional);
    }

    private Answer negative(ResponseCode code, List<ResourceRecord> answers) {
        return new Answer.Composed(
                code, true, answers, List.of(startOfAuthority(NEGATIVE_TTL_SECONDS)), List.of());
    }

    private ResourceRecord startOfAuthority(int ttlSeconds) {
        return new ResourceRecord(
                zone,
                ttlSeconds,
                new StartOfAuthority(
                        "ns.dns." + zone,
                        "hostmaster." + zone,
                        serial.get(),
                        NEGATIVE_TTL_SECONDS));
    }

    private static ResourceRecord record(String name, ResourceRecord.Value value) {
        return new ResourceRecord(name, TTL_SECONDS, value);
    }
}
