package io.fairlead.cli;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A recorded talk between a person with kubectl and a cluster: commands, and what they printed. Played against another cluster, it must print the same, but for
/// names and numbers that were made up on the way.
record Conversation(String name, List<Json> steps) {
    private static final Duration STEP_WITHIN = Duration.ofSeconds(60);
    private static final String TIME =
            "\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?( ?Z| [+-]\\d{4})?";
    private static final Pattern PLACE = Pattern.compile("<([a-zA-Z]+)>");
    // What a word in angle brackets stands for. Others, such as <none>, stand for themselves.
    private static final Map<String, String> MEANINGS =
            Map.ofEntries(
                    Map.entry("uid", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
                    Map.entry("time", TIME),
                    Map.entry("rv", "\\d+"),
                    Map.entry("clusterIP", "\\d+\\.\\d+\\.\\d+\\.\\d+"),
                    Map.entry("nodePort", "\\d{4,5}"),
                    Map.entry("rand", "[a-z0-9]+"),
                    Map.entry("age", "(<unknown>|[0-9a-z]+)"),
                    Map.entry("tmp", "\\S*?"),
                    Map.entry("hash", "[a-z0-9]+"),
                    Map.entry("token", "\\S+"),
                    Map.entry("description", "\\s*\\S.*?"));

    static Conversation read(Path file) throws IOException {
        JsonObject tree = (JsonObject) JsonReader.read(Files.readAllBytes(file));
        return new Conversation(tree.text("name"), tree.list("steps"));
    }

    /// Where a conversation is played.
    ///
    /// @param prefix the words in front of a command, such as those that enter a namespace
    /// @param kubectl the program
    record Stage(List<String> prefix, Path kubectl, Path kubeconfig, String server) {}

    /// What printed something else than then, one text for each such step.
    List<String> play(Stage stage, String namespace) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("conversation");
        try {
            // The recordings name the namespace in front of everything else.
            Path program = folder.resolve("kubectl");
            Files.writeString(
                    program,
                    "#!/bin/sh\nexec %s -n %s \"$@\"\n".formatted(stage.kubectl(), namespace));
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
            List<String> differences = new ArrayList<>();
            for (Json step : steps) {
                long deadline = System.nanoTime() + step.number(0, "eventually") * 1_000_000_000L;
                String difference = playStep(step, stage, namespace, folder);
                while (!difference.isEmpty() && System.nanoTime() < deadline) {
                    LockSupport.parkNanos(300_000_000L);
                    difference = playStep(step, stage, namespace, folder);
                }
                if (!difference.isEmpty()) {
                    differences.add(difference);
                }
            }
            return differences;
        } finally {
            new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
        }
    }

    private static String playStep(Json step, Stage stage, String namespace, Path folder)
            throws IOException, InterruptedException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        Path in = folder.resolve("stdin");
        Files.writeString(in, step.text("stdin").replace("{ns}", namespace));
        for (Map.Entry<String, String> file : step.texts("files").entrySet()) {
            Files.writeString(
                    folder.resolve(file.getKey()), file.getValue().replace("{ns}", namespace));
        }
        List<String> line = new ArrayList<>(stage.prefix());
        String command = step.text("command").replace("{ns}", namespace);
        line.addAll(List.of("sh", "-c", command));
        ProcessBuilder builder =
                new ProcessBuilder(line)
                        .directory(folder.toFile())
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().putAll(step.texts("env"));
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("KUBECONFIG", stage.kubeconfig().toString());
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        Process process = builder.start();
        if (!process.waitFor(STEP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return command + "\n  did not end";
        }
        StringBuilder difference = new StringBuilder();
        if (process.exitValue() != step.number(0, "exit")) {
            difference.append("\n  exit: ").append(process.exitValue());
        }
        compare("stdout", step.text("stdout"), out, stage, namespace, difference);
        compare("stderr", step.text("stderr"), err, stage, namespace, difference);
        return difference.isEmpty() ? "" : command + difference;
    }

    private static void compare(
            String what,
            String recorded,
            Path printed,
            Stage stage,
            String namespace,
            StringBuilder difference)
            throws IOException {
        String expected =
                normal(recorded).replace("{ns}", namespace).replace("{server}", stage.server());
        String actual = normal(Files.readString(printed, StandardCharsets.UTF_8));
        if (!isSame(expected, actual)) {
            difference.append(
                    "\n  %s expected:\n%s  %s printed:\n%s"
                            .formatted(what, indented(expected), what, indented(actual)));
        }
    }

    // The order of a JSON object's members says nothing.
    private static boolean isSame(String expected, String actual) {
        return pattern(expected).matcher(actual).matches()
                || (expected.startsWith("{")
                        && actual.startsWith("{")
                        && pattern(sorted(expected)).matcher(sorted(actual)).matches());
    }

    private static String sorted(String json) {
        return sorted(JsonReader.read(json)).toString();
    }

    private static Json sorted(Json json) {
        return switch (json) {
            case JsonObject object -> {
                JsonObject.Builder sorted = JsonObject.builder();
                new TreeSet<>(object.names())
                        .forEach(name ->
                                object.find(name)
                                        .ifPresent(value -> sorted.put(name, sorted(value))));
                yield sorted.build();
            }
            case JsonArray array -> JsonArray.from(array.items(), Conversation::sorted);
            default -> json;
        };
    }

    private static String indented(String text) {
        return text.lines().map(line -> "    |" + line + "\n").reduce("", String::concat);
    }

    // Widths follow values; the time of day and versions are nobody's doing, in raw JSON too.
    private static String normal(String text) {
        return text.replaceAll(TIME, "<time>")
                .replaceAll("\\S*/(LIVE|MERGED)-\\d+/", "<tmp>/$1/")
                .replaceAll("\"resourceVersion\":\"\\d+\"", "\"resourceVersion\":\"<rv>\"")
                .replaceAll("[ \\t]*\\t[ \\t]*|  +", "  ")
                .replaceAll("(?m)[ \\t]+$", "");
    }

    private static Pattern pattern(String expected) {
        StringBuilder pattern = new StringBuilder();
        Matcher places = PLACE.matcher(expected);
        int from = 0;
        while (places.find()) {
            String meaning = MEANINGS.get(places.group(1));
            if (meaning != null) {
                pattern.append(Pattern.quote(expected.substring(from, places.start())));
                // What was normal already is the word itself.
                pattern.append("(").append(meaning).append("|").append(places.group()).append(")");
                from = places.end();
            }
        }
        pattern.append(Pattern.quote(expected.substring(from)));
        return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    }

    /// Plays all conversations of a folder. Arguments: the folder, a kubeconfig, the program kubectl, the server's URL.
    public static void main(String[] words) throws Exception {
        Stage stage = new Stage(List.of(), Path.of(words[2]), Path.of(words[1]), words[3]);
        int same = 0;
        int other = 0;
        try (var files = Files.list(Path.of(words[0]))) {
            for (Path file : files.sorted().toList()) {
                Conversation conversation = read(file);
                String namespace =
                        "conv-" + conversation.name() + "-" + Long.toString(System.nanoTime(), 36);
                create(stage, namespace);
                List<String> differences = conversation.play(stage, namespace);
                differences.forEach(text -> System.out.println(conversation.name() + ": " + text));
                if (differences.isEmpty()) {
                    same++;
                } else {
                    other++;
                }
            }
        }
        System.out.println(same + " the same, " + other + " not");
    }

    /// Makes a namespace and waits until pods can live in it.
    static void create(Stage stage, String namespace) throws IOException, InterruptedException {
        kubectl(stage, "create", "namespace", namespace);
        for (int attempt = 0; attempt < 100; attempt++) {
            if (kubectl(stage, "-n", namespace, "get", "sa/default", "cm/kube-root-ca.crt") == 0) {
                return;
            }
            LockSupport.parkNanos(200_000_000L);
        }
        throw new IllegalStateException(namespace + " gets no service account");
    }

    static int kubectl(Stage stage, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(stage.prefix());
        line.add(stage.kubectl().toString());
        line.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("KUBECONFIG", stage.kubeconfig().toString());
        return builder.start().waitFor();
    }
}
