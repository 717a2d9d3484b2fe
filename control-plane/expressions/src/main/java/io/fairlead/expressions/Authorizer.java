package io.fairlead.expressions;

/// What expressions may ask about: may the sender of a request do something? Given by whoever evaluates them.
public interface Authorizer {
    /// @param error why nobody could decide; empty where somebody did
    record Decision(boolean isAllowed, String reason, String error) {}

    /// A question about a resource, on its way to being asked. Empty parts are open.
    record ResourceCheck(
            Authorizer authorizer,
            String group,
            String resource,
            String subresource,
            String namespace,
            String name,
            String fieldSelector,
            String labelSelector) {
        ResourceCheck withSubresource(String value) {
            return new ResourceCheck(
                    authorizer,
                    group,
                    resource,
                    value,
                    namespace,
                    name,
                    fieldSelector,
                    labelSelector);
        }

        ResourceCheck withNamespace(String value) {
            return new ResourceCheck(
                    authorizer,
                    group,
                    resource,
                    subresource,
                    value,
                    name,
                    fieldSelector,
                    labelSelector);
        }

        ResourceCheck withName(String value) {
            return new ResourceCheck(
                    authorizer,
                    group,
                    resource,
                    subresource,
                    namespace,
                    value,
                    fieldSelector,
                    labelSelector);
        }

        ResourceCheck withFieldSelector(String value) {
            return new ResourceCheck(
                    authorizer,
                    group,
                    resource,
                    subresource,
                    namespace,
                    name,
                    value,
                    labelSelector);
        }

        ResourceCheck withLabelSelector(String value) {
            return new ResourceCheck(
                    authorizer,
                    group,
                    resource,
                    subresource,
                    namespace,
                    name,
                    fieldSelector,
                    value);
        }
    }

    Decision path(String path, String verb);

    Decision resource(ResourceCheck check, String verb);

    /// The same questions about a service account.
    Authorizer as(String namespace, String name);
}
