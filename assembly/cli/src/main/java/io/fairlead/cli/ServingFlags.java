package io.fairlead.cli;

import io.fairlead.cluster.ServingOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// kube-apiserver's flags about who is let in, what is told, and how much is done at a time. One that is not given keeps what it was; an empty value takes it back.
final class ServingFlags {
    @Option(
            names = "--token-auth-file",
            paramLabel = "FILE",
            description = "bearer tokens, a line each: token,user,uid,\"group1,group2\"")
    @Nullable String tokenFile;

    @Option(
            names = "--oidc-issuer-url",
            paramLabel = "URL",
            description = "believe the tokens of this OpenID Connect issuer")
    @Nullable String oidcIssuer;

    @Option(
            names = "--oidc-client-id",
            paramLabel = "ID",
            description = "the audience that its tokens must be for")
    @Nullable String oidcClient;

    @Option(
            names = "--oidc-username-claim",
            paramLabel = "CLAIM",
            description = "what names the user (default: sub)")
    @Nullable String oidcUsernameClaim;

    @Option(
            names = "--oidc-username-prefix",
            paramLabel = "PREFIX",
            description = "what comes before user names (default: the issuer and #; -: nothing)")
    @Nullable String oidcUsernamePrefix;

    @Option(
            names = "--oidc-groups-claim",
            paramLabel = "CLAIM",
            description = "what names the user's groups")
    @Nullable String oidcGroupsClaim;

    @Option(
            names = "--oidc-groups-prefix",
            paramLabel = "PREFIX",
            description = "what comes before group names")
    @Nullable String oidcGroupsPrefix;

    @Option(
            names = "--oidc-required-claim",
            paramLabel = "KEY=VALUE",
            description = "what tokens must say besides; may be repeated")
    @Nullable List<String> oidcRequired;

    @Option(
            names = "--oidc-ca-file",
            paramLabel = "FILE",
            description = "who signs the issuer's certificate (default: whom the machine trusts)")
    @Nullable String oidcAuthority;

    @Option(
            names = "--oidc-signing-algs",
            paramLabel = "ALGORITHM",
            split = ",",
            description = "how tokens may be signed (default: RS256)")
    @Nullable List<String> oidcAlgorithms;

    @Option(
            names = "--audit-policy-file",
            paramLabel = "FILE",
            description = "what of requests goes into the audit log")
    @Nullable String auditPolicy;

    @Option(
            names = "--audit-log-path",
            paramLabel = "FILE",
            description = "the audit log, a line of JSON for each event (-: standard output)")
    @Nullable String auditLog;

    @Option(
            names = "--audit-log-maxage",
            paramLabel = "DAYS",
            description = "how long its old parts are kept (default: for ever)")
    @Nullable String auditAge;

    @Option(
            names = "--audit-log-maxbackup",
            paramLabel = "N",
            description = "how many old parts are kept (default: all)")
    @Nullable String auditParts;

    @Option(
            names = "--audit-log-maxsize",
            paramLabel = "MEGABYTES",
            description = "how large a part becomes (default: 100)")
    @Nullable String auditSize;

    @Option(
            names = "--encryption-provider-config",
            paramLabel = "FILE",
            description = "which objects are encrypted where they are kept, and with which keys")
    @Nullable String encryption;

    @Option(
            names = "--max-requests-inflight",
            paramLabel = "N",
            description = "how many reading requests are answered at once (default: 400)")
    @Nullable String reads;

    @Option(
            names = "--max-mutating-requests-inflight",
            paramLabel = "N",
            description = "how many others (default: 200)")
    @Nullable String writes;

    @Option(
            names = "--enable-priority-and-fairness",
            paramLabel = "true|false",
            description =
                    "let requests above that wait their turn, as FlowSchemas say (default: true)")
    @Nullable String fairness;

    @Option(
            names = "--request-timeout",
            paramLabel = "DURATION",
            converter = DurationWord.class,
            description = "how long a request may take that is no stream (default: 1m)")
    java.time.@Nullable Duration timeout;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "how many connections may be open (default: 20000)")
    @Nullable String connections;

    /// What an earlier start was given, with what this one is.
    ServingOptions options(ServingOptions before) {
        Map<String, List<String>> given = new HashMap<>();
        file(given, "token-auth-file", tokenFile);
        one(given, "oidc-issuer-url", oidcIssuer);
        one(given, "oidc-client-id", oidcClient);
        one(given, "oidc-username-claim", oidcUsernameClaim);
        one(given, "oidc-username-prefix", oidcUsernamePrefix);
        one(given, "oidc-groups-claim", oidcGroupsClaim);
        one(given, "oidc-groups-prefix", oidcGroupsPrefix);
        many(given, "oidc-required-claim", oidcRequired);
        file(given, "oidc-ca-file", oidcAuthority);
        many(given, "oidc-signing-algs", oidcAlgorithms);
        file(given, "audit-policy-file", auditPolicy);
        if (auditLog != null && auditLog.equals("-")) {
            one(given, "audit-log-path", auditLog);
        } else {
            file(given, "audit-log-path", auditLog);
        }
        one(given, "audit-log-maxage", auditAge);
        one(given, "audit-log-maxbackup", auditParts);
        one(given, "audit-log-maxsize", auditSize);
        file(given, "encryption-provider-config", encryption);
        one(given, "max-requests-inflight", reads);
        one(given, "max-mutating-requests-inflight", writes);
        one(given, "enable-priority-and-fairness", fairness);
        one(
                given,
                "request-timeout-seconds",
                timeout == null ? null : Long.toString(timeout.toSeconds()));
        one(given, "max-connections", connections);
        return before.with(given);
    }

    private static void one(Map<String, List<String>> given, String flag, @Nullable String value) {
        if (value != null) {
            given.put(flag, List.of(value));
        }
    }

    private static void many(
            Map<String, List<String>> given, String flag, @Nullable List<String> values) {
        if (values != null) {
            given.put(flag, values);
        }
    }

    // The next start may come from another folder.
    private static void file(Map<String, List<String>> given, String flag, @Nullable String name) {
        if (name != null) {
            given.put(
                    flag,
                    List.of(
                            name.isEmpty()
                                    ? ""
                                    : ClusterChoice.absolute(java.nio.file.Path.of(name))
                                            .toString()));
        }
    }
}
