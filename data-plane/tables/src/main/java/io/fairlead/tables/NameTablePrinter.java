package io.fairlead.tables;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes a table for people: a line for each record, in the form of a zone file without times to live.
final class NameTablePrinter {
    private final StringBuilder text = new StringBuilder();

    private NameTablePrinter() {}

    static String print(NameTable table) {
        NameTablePrinter printer = new NameTablePrinter();
        new TreeMap<>(table.names()).forEach(printer::records);
        new TreeMap<>(table.aliases())
                .keySet()
                .forEach(alias ->
                        table.findAlias(alias)
                                .ifPresent(records -> printer.records(alias, records)));
        Map<Object, List<String>> reverse = new TreeMap<>();
        table.reverse().keySet().forEach(address -> reverse.put(address, table.namesOf(address)));
        reverse.forEach((address, names) -> printer.all(address, "PTR", names));
        return printer.text.toString();
    }

    private void records(String name, Records records) {
        if (records.equals(Records.NONE)) {
            line(name, "exists", "");
        }
        all(name, "A", records.ipv4());
        all(name, "AAAA", records.ipv6());
        all(name, "SRV", records.services());
        all(name, "TXT", records.texts());
        if (!records.canonicalName().isEmpty()) {
            line(name, "CNAME", records.canonicalName());
        }
    }

    private void all(Object name, String type, List<?> values) {
        values.forEach(value -> line(name, type, value));
    }

    private void line(Object name, String type, Object value) {
        text.append(name).append(' ').append((type + " " + value).strip()).append('\n');
    }
}
