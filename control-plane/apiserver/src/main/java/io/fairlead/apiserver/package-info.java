/// The API server: Kubernetes' REST over JSON trees.
///
/// A request comes in over HTTPS ([HttpServer], [HttpExchange], [HttpRequests]) or from within the process ([LocalTransport]) and takes one way:
/// [Authentication] says who sends it, [RequestPipeline] what it names and whether that is allowed ([RoleBasedAuthorizer]), [BodyDecoder] and
/// [ObjectRules] what its body means; [Admission] changes and refuses; a [Strategy] does what is special about the kind; [ObjectWriter] or [Deletion] commits one
/// transaction. What was written comes out again through [ObjectReader] and, for watchers, [WatchStream].
///
/// Around that way: [FlowControl] lets requests wait their turn, [AuditLog] tells of them, [ConnectionTimes] ends who is too slow. Users come from certificates, from
/// [ServiceAccountTokens], from [StaticTokens] and from an [OidcIssuer]; nodes are judged by [NodeAuthorizer]. [EncryptedObjects] keeps what is secret.
///
/// Users extend the server: [CustomResources] adds what CustomResourceDefinitions define to the catalogue, [MutatingPolicies] and [ValidatingPolicies] change and judge
/// writes by their expressions, and [MutatingWebhooks] and [ValidatingWebhooks] ask others about them. What
/// other API servers serve is passed on to them by [Aggregation], and [RemoteApis] knows whether they answer.
///
/// Invariants: an object's resourceVersion is the revision of the store that wrote it, so the stored tree has none; addresses and ports of
/// Services are taken in the transaction that writes the Service ([Claims]); an object is encoded once per revision ([ReadObject]).
///
/// Start reading at [ApiServer], then [RequestPipeline], then [ObjectWriter].
@NullMarked
package io.fairlead.apiserver;

import org.jspecify.annotations.NullMarked;
