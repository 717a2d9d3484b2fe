package io.fairlead.node;

import java.util.Map;

/// Kubernetes' `$(NAME)` in commands, arguments and values. A name that is not known stays as it was written, `$$` is one `$`.
final class VariableExpansion {
    private VariableExpansion() {}

    static String expand(String text, Map<String, String> known) {
        int dollar = text.indexOf('$');
        if (dollar < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        int at = 0;
        while (dollar >= 0 && dollar + 1 < text.length()) {
            out.append(text, at, dollar);
            at = dollar + 2;
            char next = text.charAt(dollar + 1);
            int close = next == '(' ? text.indexOf(')', at) : -1;
            if (close >= 0) {
                String name = text.substring(at, close);
                out.append(known.getOrDefault(name, "$(" + name + ")"));
                at = close + 1;
            } else if (next == '$') {
                out.append('$');
            } else {
                out.append('$').append(next);
            }
            dollar = text.indexOf('$', at);
        }
        return out.append(text, at, text.length()).toString();
    }
}
