package io.fairlead.expressions;

import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import io.fairlead.expressions.FunctionSet.Kind;
import java.util.Collection;

/// The types of arguments that several functions take.
final class Kinds {
    static final Kind TEXT = new Kind(SimpleType.STRING, String.class);
    static final Kind WHOLE = new Kind(SimpleType.INT, Long.class);
    static final Kind FLAG = new Kind(SimpleType.BOOL, Boolean.class);
    static final Kind ANY = new Kind(SimpleType.DYN, Object.class);
    static final Kind ITEMS = new Kind(ListType.create(SimpleType.DYN), Collection.class);

    private Kinds() {}
}
