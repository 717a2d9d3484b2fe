package io.fairlead.expressions;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import io.fairlead.api.SchemaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The types that a policy's expressions speak of: the request, the namespace, the policy's own variables, objects under their schemas, and what patches are made of.
/// Owned by one compiler.
// Written while a policy is compiled, by one thread.
@SuppressWarnings("Immutable")
final class PolicyTypes implements CelTypeProvider {
    static final String VARIABLES = "kubernetes.variables";
    static final String OBJECT = "Object";
    static final String JSON_PATCH = "JSONPatch";

    private static final CelType TEXTS = ListType.create(SimpleType.STRING);
    private static final CelType LABELS = MapType.create(SimpleType.STRING, SimpleType.STRING);
    private static final Map<String, StructType> KNOWN = known();

    private final Map<String, CelType> variables = new LinkedHashMap<>();
    private final Map<String, StructType> structs = new LinkedHashMap<>();
    private Set<String> patchFields = Set.of();

    static StructType request() {
        return (StructType) named("kubernetes.AdmissionRequest");
    }

    static StructType namespace() {
        return (StructType) named("kubernetes.Namespace");
    }

    StructType variables() {
        return struct(VARIABLES, variables);
    }

    void addVariable(String name, CelType type) {
        variables.put(name, visible(type));
    }

    /// Lets `Object{...}` and `JSONPatch{...}` be made; objects have any field, of those that an expression names.
    void allowPatches(Set<String> fields) {
        patchFields = fields;
    }

    /// The type of values under a schema.
    ///
    /// @param name unique among the schemas of one compiler
    CelType type(SchemaType schema, String name) {
        return switch (schema.shape()) {
            case OBJECT -> objectType(schema, name);
            case MAP -> MapType.create(SimpleType.STRING, type(schema.element(), name + ".@elem"));
            case LIST -> ListType.create(type(schema.element(), name + ".@idx"));
            case STRING -> SimpleType.STRING;
            case INTEGER -> SimpleType.INT;
            case NUMBER -> SimpleType.DOUBLE;
            case BOOLEAN -> SimpleType.BOOL;
            case TIME -> SimpleType.TIMESTAMP;
            case BYTES -> SimpleType.BYTES;
            default -> SimpleType.DYN;
        };
    }

    @Override
    public ImmutableCollection<CelType> types() {
        return ImmutableList.of();
    }

    @Override
    public Optional<CelType> findType(String name) {
        if (name.equals(VARIABLES)) {
            return Optional.of(variables());
        }
        if (!patchFields.isEmpty()) {
            if (name.equals(JSON_PATCH)) {
                return Optional.of(jsonPatch());
            }
            if (name.equals(OBJECT) || name.startsWith(OBJECT + ".")) {
                return Optional.of(
                        StructType.create(
                                name,
                                ImmutableSet.copyOf(patchFields),
                                field -> Optional.of(SimpleType.DYN)));
            }
        }
        StructType known = KNOWN.get(name);
        return Optional.ofNullable(known == null ? structs.get(name) : known);
    }

    static StructType jsonPatch() {
        return struct(
                JSON_PATCH,
                Map.of(
                        "op",
                        SimpleType.STRING,
                        "path",
                        SimpleType.STRING,
                        "from",
                        SimpleType.STRING,
                        "value",
                        SimpleType.DYN));
    }

    // Fields are resolved when asked for, because schemas may speak of themselves.
    private CelType objectType(SchemaType schema, String name) {
        Map<String, SchemaType> fields = new LinkedHashMap<>();
        schema.fields()
                .forEach((field, known) -> {
                    String escaped = SchemaTypes.escaped(field);
                    if (escaped != null) {
                        fields.put(escaped, known.type());
                    }
                });
        StructType struct =
                StructType.create(
                        name,
                        ImmutableSet.copyOf(fields.keySet()),
                        field ->
                                Optional.ofNullable(fields.get(field))
                                        .map(type -> type(type, name + "." + field)));
        structs.put(name, struct);
        return struct;
    }

    /// What expressions know of a variable's type: scalars, and lists and maps of such; nothing of structs.
    private static CelType visible(CelType type) {
        return switch (type) {
            case ListType list when list.hasElemType() -> ListType.create(visible(list.elemType()));
            case MapType map -> MapType.create(visible(map.keyType()), visible(map.valueType()));
            case SimpleType simple -> simple;
            default -> SimpleType.DYN;
        };
    }

    private static CelType named(String name) {
        StructType known = KNOWN.get(name);
        if (known == null) {
            throw new IllegalStateException("no type " + name);
        }
        return known;
    }

    private static Map<String, StructType> known() {
        Map<String, StructType> known = new LinkedHashMap<>();
        CelType text = SimpleType.STRING;
        CelType kind =
                add(
                        known,
                        "kubernetes.GroupVersionKind",
                        Map.of("group", text, "version", text, "kind", text));
        CelType resource =
                add(
                        known,
                        "kubernetes.GroupVersionResource",
                        Map.of("group", text, "version", text, "resource", text));
        Map<String, CelType> user = new LinkedHashMap<>();
        user.put("username", text);
        user.put("uid", text);
        user.put("groups", TEXTS);
        user.put("extra", MapType.create(text, TEXTS));
        Map<String, CelType> request = new LinkedHashMap<>();
        request.put("kind", kind);
        request.put("resource", resource);
        request.put("subResource", text);
        request.put("requestKind", kind);
        request.put("requestResource", resource);
        request.put("requestSubResource", text);
        request.put("name", text);
        request.put("namespace", text);
        request.put("operation", text);
        request.put("userInfo", add(known, "kubernetes.UserInfo", user));
        request.put("dryRun", SimpleType.BOOL);
        request.put("options", SimpleType.DYN);
        add(known, "kubernetes.AdmissionRequest", request);
        addNamespace(known);
        return Map.copyOf(known);
    }

    private static void addNamespace(Map<String, StructType> known) {
        CelType text = SimpleType.STRING;
        CelType spec = add(known, "kubernetes.NamespaceSpec", Map.of("finalizers", TEXTS));
        CelType condition =
                add(
                        known,
                        "kubernetes.NamespaceCondition",
                        Map.of(
                                "status",
                                text,
                                "type",
                                text,
                                "lastTransitionTime",
                                SimpleType.TIMESTAMP,
                                "message",
                                text,
                                "reason",
                                text));
        CelType status =
                add(
                        known,
                        "kubernetes.NamespaceStatus",
                        Map.of("conditions", ListType.create(condition), "phase", text));
        Map<String, CelType> metadata = new LinkedHashMap<>();
        for (String name : new String[] {"name", "generateName", "namespace", "UID"}) {
            metadata.put(name, text);
        }
        metadata.put("labels", LABELS);
        metadata.put("annotations", LABELS);
        metadata.put("creationTimestamp", SimpleType.TIMESTAMP);
        metadata.put("deletionGracePeriodSeconds", SimpleType.INT);
        metadata.put("deletionTimestamp", SimpleType.TIMESTAMP);
        metadata.put("generation", SimpleType.INT);
        metadata.put("resourceVersion", text);
        metadata.put("finalizers", TEXTS);
        add(
                known,
                "kubernetes.Namespace",
                Map.of(
                        "metadata",
                        add(known, "kubernetes.NamespaceMetadata", metadata),
                        "spec",
                        spec,
                        "status",
                        status));
    }

    private static StructType add(
            Map<String, StructType> known, String name, Map<String, CelType> fields) {
        StructType struct = struct(name, fields);
        known.put(name, struct);
        return struct;
    }

    private static StructType struct(String name, Map<String, CelType> fields) {
        Map<String, CelType> fixed = Map.copyOf(fields);
        return StructType.create(
                name,
                ImmutableSet.copyOf(fixed.keySet()),
                field -> Optional.ofNullable(fixed.get(field)));
    }
}
