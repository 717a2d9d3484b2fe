package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.store.StoreException;
import io.fairlead.store.ValueCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Keeps objects of some kinds encrypted, as an EncryptionConfiguration says (`apiserver.config.k8s.io/v1`): the first provider of a kind writes, all of them read. Keys are
/// of AES, in Galois counter mode; what is kept is bound to its place in the store, so that nobody can swap values. Safe for use by many threads.
///
/// An encrypted value begins as Kubernetes' own does: `k8s:enc:aesgcm:v1:`, the key's name, a colon; then a nonce of twelve bytes.
public final class EncryptedObjects implements ValueCodec<StoredObject> {
    private static final String BEGIN = "k8s:enc:aesgcm:v1:";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int NAME_BYTES_MAX = 256;

    private final List<Rule> rules;
    private final SecureRandom random = new SecureRandom();

    private EncryptedObjects(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /// The providers of what is kept under some prefixes, in order.
    private record Rule(List<String> prefixes, List<Provider> providers) {}

    private sealed interface Provider {
        /// Keeps values as they are.
        record Plain() implements Provider {}

        record Key(String name, SecretKeySpec key) implements Provider {}
    }

    /// @throws IllegalArgumentException with a sentence, when it cannot be read or asks for what is not there
    public static EncryptedObjects read(Path file) {
        try {
            return parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the encryption configuration %s cannot be read".formatted(file), e);
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            throw new IllegalArgumentException(
                    "the encryption configuration %s is not usable: %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    static EncryptedObjects parse(byte[] yaml) {
        if (!(YamlReader.read(yaml) instanceof JsonObject tree)
                || !tree.text("kind").equals("EncryptionConfiguration")
                || !tree.text("apiVersion").equals("apiserver.config.k8s.io/v1")) {
            throw new IllegalArgumentException(
                    "it is no EncryptionConfiguration of apiserver.config.k8s.io/v1");
        }
        List<Rule> rules = new ArrayList<>();
        for (Json rule : tree.list("resources")) {
            List<Provider> providers = new ArrayList<>();
            for (Json provider : rule.list("providers")) {
                providers.addAll(providers((JsonObject) provider));
            }
            if (providers.isEmpty()) {
                throw new IllegalArgumentException("resources without providers");
            }
            rules.add(
                    new Rule(
                            rule.list("resources").stream()
                                    .flatMap(resource -> prefixes(resource.text()).stream())
                                    .toList(),
                            providers));
        }
        return new EncryptedObjects(rules);
    }

    /// Where resources are kept that a configuration names: `secrets`, `deployments.apps`, `*.apps`, `*.*`.
    private static List<String> prefixes(String resource) {
        int dot = resource.indexOf('.');
        String plural = dot < 0 ? resource : resource.substring(0, dot);
        String group = dot < 0 ? "" : resource.substring(dot + 1);
        if (resource.equals("*.*")) {
            return List.of(StorageKeys.ROOT);
        }
        if (!plural.equals("*")) {
            return List.of(prefix(group, plural));
        }
        if (!ApiCatalog.isBuiltIn(group)) {
            return List.of(StorageKeys.ROOT + group + "/");
        }
        return ApiCatalog.builtIn()
                .all()
                .filter(known -> known.type().group().equals(group))
                .map(known -> prefix(group, known.type().plural()))
                .distinct()
                .toList();
    }

    private static String prefix(String group, String plural) {
        return StorageKeys.prefix(
                new ResourceType(group, "v1", plural, "", ResourceType.Scope.CLUSTER));
    }

    private static List<Provider> providers(JsonObject tree) {
        if (tree.contains("identity")) {
            return List.of(new Provider.Plain());
        }
        if (!tree.contains("aesgcm")) {
            throw new IllegalArgumentException(
                    "provider %s is not known here: use aesgcm or identity"
                            .formatted(tree.names()));
        }
        List<Provider> keys = new ArrayList<>();
        for (Json key : tree.list("aesgcm", "keys")) {
            String name = key.text("name");
            byte[] secret = Base64.getDecoder().decode(key.text("secret"));
            boolean isGood = secret.length == 16 || secret.length == 24 || secret.length == 32;
            if (!isGood || name.isEmpty() || name.contains(":")) {
                throw new IllegalArgumentException(
                        "key \"%s\" needs a name without colons and a secret of 16, 24 or 32 bytes"
                                .formatted(name));
            }
            keys.add(new Provider.Key(name, new SecretKeySpec(secret, "AES")));
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("provider aesgcm has no keys");
        }
        return keys;
    }

    @Override
    public byte[] encode(String key, StoredObject value) {
        byte[] plain = StoredObject.CODEC.encode(key, value);
        List<Provider> providers = providers(key);
        return !providers.isEmpty() && providers.getFirst() instanceof Provider.Key first
                ? encrypted(first, key, plain)
                : plain;
    }

    @Override
    public StoredObject decode(String key, byte[] bytes) {
        List<Provider> providers = providers(key);
        if (!isEncrypted(bytes)) {
            boolean isStale = !providers.isEmpty() && providers.getFirst() instanceof Provider.Key;
            StoredObject read = StoredObject.CODEC.decode(key, bytes);
            return isStale ? read.asStale() : read;
        }
        String name = keyName(bytes);
        for (int i = 0; i < providers.size(); i++) {
            if (providers.get(i) instanceof Provider.Key known && known.name().equals(name)) {
                StoredObject read = StoredObject.CODEC.decode(key, decrypted(known, key, bytes));
                return i == 0 ? read : read.asStale();
            }
        }
        throw new StoreException(
                "%s is encrypted with key \"%s\", which the encryption configuration does not have"
                        .formatted(key, name));
    }

    private List<Provider> providers(String key) {
        return rules.stream()
                .filter(rule -> rule.prefixes().stream().anyMatch(key::startsWith))
                .findFirst()
                .map(Rule::providers)
                .orElse(List.of());
    }

    /// Whether these bytes can only be read with a key.
    static boolean isEncrypted(byte[] bytes) {
        byte[] begin = BEGIN.getBytes(StandardCharsets.US_ASCII);
        return bytes.length > begin.length
                && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length);
    }

    private static String keyName(byte[] bytes) {
        int end = BEGIN.length();
        while (end < bytes.length && bytes[end] != ':' && end < BEGIN.length() + NAME_BYTES_MAX) {
            end++;
        }
        return new String(bytes, BEGIN.length(), end - BEGIN.length(), StandardCharsets.UTF_8);
    }

    private byte[] encrypted(Provider.Key with, String key, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] begin = (BEGIN + with.name() + ":").getBytes(StandardCharsets.UTF_8);
        byte[] sealed = run(Cipher.ENCRYPT_MODE, with, key, nonce, plain, 0, plain.length);
        byte[] whole = Arrays.copyOf(begin, begin.length + NONCE_BYTES + sealed.length);
        System.arraycopy(nonce, 0, whole, begin.length, NONCE_BYTES);
        System.arraycopy(sealed, 0, whole, begin.length + NONCE_BYTES, sealed.length);
        return whole;
    }

    private static byte[] decrypted(Provider.Key with, String key, byte[] bytes) {
        int at = (BEGIN + with.name() + ":").getBytes(StandardCharsets.UTF_8).length;
        if (bytes.length < at + NONCE_BYTES) {
            throw new StoreException(key + " is encrypted and cut off");
        }
        byte[] nonce = Arrays.copyOfRange(bytes, at, at + NONCE_BYTES);
        int begin = at + NONCE_BYTES;
        return run(Cipher.DECRYPT_MODE, with, key, nonce, bytes, begin, bytes.length - begin);
    }

    private static byte[] run(
            int mode,
            Provider.Key with,
            String key,
            byte[] nonce,
            byte[] input,
            int offset,
            int length) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, with.key(), new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(key.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input, offset, length);
        } catch (GeneralSecurityException e) {
            throw new StoreException(
                    "%s cannot be read with key \"%s\": its secret is another, or the value was changed"
                            .formatted(key, with.name()),
                    e);
        }
    }
}
