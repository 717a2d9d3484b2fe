package io.fairlead.expressions;

import dev.cel.common.values.NullValue;
import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What `Object.spec{...}` or `JSONPatch{...}` came to: members under a type's name.
final class PatchObject extends AbstractMap<String, Object> {
    private final String type;
    private final Map<String, Object> members;

    PatchObject(String type, Map<String, Object> members) {
        this.type = type;
        this.members = new LinkedHashMap<>(members);
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return members.entrySet();
    }

    String type() {
        return type;
    }

    /// Refuses objects within objects whose types are not the paths that lead to them.
    ///
    /// @throws ExpressionException naming the first that is out of place
    static void check(Object value, String path) throws ExpressionException {
        switch (value) {
            case PatchObject object -> {
                if (!object.type.equals(path)) {
                    throw new ExpressionException(
                            "type mismatch: unexpected type name \"%s\", expected \"%s\", which matches field name path from root Object type"
                                    .formatted(object.type, path));
                }
                for (Entry<String, Object> member : object.members.entrySet()) {
                    check(member.getValue(), path + "." + member.getKey());
                }
            }
            case List<?> items -> {
                for (Object item : items) {
                    check(item, path);
                }
            }
            case Map<?, ?> members -> {
                for (Object member : members.values()) {
                    check(member == null ? NullValue.NULL_VALUE : member, path);
                }
            }
            default -> {}
        }
    }
}
