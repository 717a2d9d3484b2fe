/// Kubernetes' expressions: CEL over trees, with the functions and limits that the API server of Kubernetes gives them. No I/O.
///
/// [io.fairlead.expressions.PolicyCompiler] turns a text into an [io.fairlead.expressions.Expression], or says what is wrong with it in Kubernetes' words; an expression is
/// evaluated over trees within a [io.fairlead.expressions.Budget], so that none can hang its caller. [io.fairlead.expressions.SchemaExpressions] does so for all rules of a custom
/// resource's schema.
///
/// The library behind it takes a second to start; nothing here is touched before somebody brings the first expression.
@NullMarked
package io.fairlead.expressions;

import org.jspecify.annotations.NullMarked;
