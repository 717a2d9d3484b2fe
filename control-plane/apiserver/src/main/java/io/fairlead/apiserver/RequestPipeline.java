package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.FieldSelector;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.Names;
import io.fairlead.api.Status;
import io.fairlead.api.Subresource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The way of every request whose sender is known: what does it name, may the sender do that, does it exist, and who answers. Safe for use by many threads.
final class RequestPipeline {
    // What discovery and schemas call a version of a group.
    private static final Pattern VERSION =
            Pattern.compile("(?:/openapi/v3)?/apis/([^/]+)/([^/]+)/?");
    private static final Set<String> DEPRECATED_ENDPOINTS = Set.of("endpoints");

    private final Supplier<ApiCatalog> catalog;
    private final ObjectStore store;
    private final Aggregation aggregation;
    private final RoleBasedAuthorizer authorizer;
    private final Documents documents;
    private final ResourceEndpoint resources;
    private final Subresources subresources;
    private final Reviews reviews;
    private final ComponentStatuses components;
    private final Metrics metrics;
    private final Optional<AuditLog> audit;
    private final InstantSource clock;

    RequestPipeline(
            Supplier<ApiCatalog> catalog,
            ObjectStore store,
            Aggregation aggregation,
            RoleBasedAuthorizer authorizer,
            Documents documents,
            ResourceEndpoint resources,
            Subresources subresources,
            Reviews reviews,
            ComponentStatuses components,
            Metrics metrics,
            Optional<AuditLog> audit,
            InstantSource clock) {
        this.catalog = catalog;
        this.store = store;
        this.aggregation = aggregation;
        this.authorizer = authorizer;
        this.documents = documents;
        this.resources = resources;
        this.subresources = subresources;
        this.reviews = reviews;
        this.components = components;
        this.metrics = metrics;
        this.audit = audit;
        this.clock = clock;
    }

    /// @throws ApiException for every way in which a request can be refused
    Answer answer(Call call) {
        RequestTarget target = RequestTarget.parse(call.path());
        AccessRequest access = access(call, target);
        Optional<AuditLog.Trail> trail = audit.flatMap(log -> log.begin(call, access));
        Instant start = clock.instant();
        int code = 500;
        try {
            authorize(access, trail);
            Answer answer =
                    switch (target) {
                        case RequestTarget.Path path -> answer(call, path.path());
                        case RequestTarget.Resource resource ->
                                answer(call, access.verb(), resource);
                    };
            code = answer.code();
            trail.ifPresent(told -> told.answered(answer));
            return answer;
        } catch (ApiException e) {
            code = e.status().code();
            trail.ifPresent(told -> told.refused(e.status()));
            throw e;
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            code = 400;
            trail.ifPresent(
                    told -> told.refused(Status.badRequest(String.valueOf(e.getMessage()))));
            throw e;
        } catch (RuntimeException e) {
            trail.ifPresent(told -> told.broken(e));
            throw e;
        } finally {
            String resource =
                    target instanceof RequestTarget.Resource named
                            ? named.resourceWithSubresource()
                            : "";
            metrics.count(call.method(), resource, code, Duration.between(start, clock.instant()));
        }
    }

    private Answer answer(Call call, String path) {
        Matcher version = VERSION.matcher(path);
        Optional<JsonObject> remote =
                version.matches()
                        ? remote(new GroupVersion(version.group(1), version.group(2)))
                        : Optional.empty();
        return remote.isPresent()
                ? aggregation.forward(call, remote.get())
                : documents.answer(call, path);
    }

    /// Tells of a request that did not get as far as [#answer].
    void refuse(Call call, Status status) {
        audit.flatMap(log -> log.begin(call, access(call)))
                .ifPresent(trail -> {
                    if (status.code() == 401) {
                        trail.unknown(status);
                    } else {
                        trail.refused(status);
                    }
                });
    }

    /// What a request wants to do.
    AccessRequest access(Call call) {
        return access(call, RequestTarget.parse(call.path()));
    }

    private static AccessRequest access(Call call, RequestTarget target) {
        return switch (target) {
            case RequestTarget.Path path ->
                    new AccessRequest.ToPath(
                            call.user(), call.method().toLowerCase(Locale.ROOT), path.path());
            case RequestTarget.Resource resource -> {
                String verb = verb(call, resource);
                yield new AccessRequest.ToResource(
                        call.user(),
                        verb,
                        resource.group(),
                        resource.version(),
                        resource.resourceWithSubresource(),
                        resource.namespace(),
                        named(call, verb, resource),
                        call.parameter("fieldSelector"));
            }
        };
    }

    private Answer answer(Call call, String verb, RequestTarget.Resource target) {
        Optional<JsonObject> remote = remote(new GroupVersion(target.group(), target.version()));
        if (remote.isPresent()) {
            return aggregation.forward(call, remote.get());
        }
        Optional<ApiResource> found =
                catalog.get().find(target.group(), target.version(), target.plural());
        boolean isOwn = ApiCatalog.isBuiltIn(target.group());
        if (found.isEmpty() && !isOwn) {
            return Documents.notFound();
        }
        ApiResource resource = found.orElseThrow(() -> new ApiException(notServed()));
        boolean isMisplaced =
                !isOwn && !resource.type().isNamespaced() && !target.namespace().isEmpty();
        if (isMisplaced) {
            return Documents.notFound();
        }
        boolean isNamespaced = resource.type().isNamespaced();
        if (isNamespaced && target.namespace().isEmpty() && needsNamespace(verb, target)) {
            throw new ApiException(
                    target.name().isEmpty() ? ResourceEndpoint.methodNotAllowed() : notServed());
        }
        if (!isNamespaced
                && !target.namespace().isEmpty()
                && !target.plural().equals("namespaces")) {
            throw new ApiException(notServed());
        }
        warnOfDeprecation(call, target);
        if (resource.custom().isPresent()) {
            check(call, verb, resource.custom().get());
        }
        if (reviews.handles(target)) {
            return reviews.answer(call, verb, target, resource);
        }
        if (ComponentStatuses.handles(target)) {
            return components.answer(call, verb, target, resource);
        }
        if (target.subresource().isEmpty()) {
            if (!resource.allows(verb) || !fits(call.method(), target)) {
                throw new ApiException(ResourceEndpoint.methodNotAllowed());
            }
            return resources.answer(call, verb, place(target), resource);
        }
        Optional<Subresource> part = resource.subresource(target.subresource());
        if (part.isEmpty() || (!target.rest().isEmpty() && !target.subresource().equals("proxy"))) {
            throw new ApiException(notServed());
        }
        if (target.subresource().equals("status")) {
            return resources.part(call, verb, place(target), resource, Write.Part.STATUS);
        }
        return subresources.answer(call, verb, place(target), resource, part.get());
    }

    /// The APIService of a version that another server serves.
    private Optional<JsonObject> remote(GroupVersion at) {
        return at.group().isEmpty() ? Optional.empty() : ApiServices.remote(store.snapshot(), at);
    }

    private static void check(Call call, String verb, CustomVersion version) {
        if (!version.warning().isEmpty()) {
            call.warn(version.warning());
        }
        if (version.isEnding() && verb.equals("create")) {
            Status refused =
                    new Status(
                            405,
                            "MethodNotAllowed",
                            "create not allowed while custom resource definition is terminating",
                            JsonObject.EMPTY);
            throw new ApiException(refused);
        }
    }

    // Names are made by their owner, not by POST to them; whole collections are not replaced.
    private static boolean fits(String method, RequestTarget.Resource target) {
        return switch (method) {
            case "HEAD" -> false;
            case "POST" -> target.isCollection();
            case "PUT", "PATCH" -> !target.isCollection();
            default -> true;
        };
    }

    // A namespace's own path looks like a namespaced one; its object lives in none.
    private static RequestTarget.Resource place(RequestTarget.Resource target) {
        boolean isNamespace = target.group().isEmpty() && target.plural().equals("namespaces");
        return isNamespace
                ? new RequestTarget.Resource(
                        target.group(),
                        target.version(),
                        "",
                        target.plural(),
                        target.name(),
                        target.subresource(),
                        target.rest(),
                        target.isOldWatch())
                : target;
    }

    private static boolean needsNamespace(String verb, RequestTarget.Resource target) {
        return !target.name().isEmpty() || verb.equals("create") || verb.equals("deletecollection");
    }

    private static String verb(Call call, RequestTarget.Resource target) {
        return verb(call.method(), target, target.isOldWatch() || call.flag("watch"));
    }

    /// As rules name what a request does.
    static String verb(String method, RequestTarget.Resource target, boolean isWatch) {
        boolean isCollection = target.isCollection();
        return switch (method) {
            case "GET", "HEAD" -> {
                if (!isCollection) {
                    yield isWatch && target.subresource().isEmpty() ? "watch" : "get";
                }
                yield isWatch ? "watch" : "list";
            }
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> isCollection ? "deletecollection" : "delete";
            default -> method.toLowerCase(Locale.ROOT);
        };
    }

    // A list of one named object is as good as that object.
    private static String named(Call call, String verb, RequestTarget.Resource target) {
        boolean isMany = verb.equals("list") || verb.equals("watch");
        return target.name().isEmpty() && isMany
                ? FieldSelector.required(call.parameter("fieldSelector"), "metadata.name")
                        .filter(name -> Names.pathSegmentErrors(name).isEmpty())
                        .orElse("")
                : target.name();
    }

    private void authorize(AccessRequest request, Optional<AuditLog.Trail> trail) {
        RoleBasedAuthorizer.Decision decision = authorizer.decide(request);
        trail.ifPresent(told -> told.decided(decision));
        if (!decision.isAllowed()) {
            throw new ApiException(Forbidden.status(request, decision.reason()));
        }
    }

    private static void warnOfDeprecation(Call call, RequestTarget.Resource target) {
        if (target.group().isEmpty() && DEPRECATED_ENDPOINTS.contains(target.plural())) {
            call.warn(
                    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
        } else if (target.group().isEmpty() && target.plural().equals("componentstatuses")) {
            call.warn("v1 ComponentStatus is deprecated in v1.19+");
        }
    }

    static Status notServed() {
        return new Status(
                404,
                "NotFound",
                "the server could not find the requested resource",
                JsonObject.EMPTY);
    }
}
