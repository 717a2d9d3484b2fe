/// What Kubernetes objects are. No I/O but for the module's own files of facts.
///
/// An object is an immutable tree, [io.fairlead.api.JsonObject]; [io.fairlead.api.JsonReader] and
/// [io.fairlead.api.YamlReader] make trees from text. What is known about a kind is data: `facts/generate` turns recorded
/// answers of a Kubernetes API server into small text files, from which [io.fairlead.api.ApiCatalog] tells which resources
/// there are and [io.fairlead.api.SchemaType] what their fields are and how they merge; `facts/generate-go` adds the Go types
/// ([io.fairlead.api.GoType]), and `rules/*.facts` are the rules of single fields, written by hand. A custom resource is one more
/// schema and one more entry: [io.fairlead.api.CustomDefinition] makes it, [io.fairlead.api.CustomVersion] is what only it has.
///
/// Everything else is a pure function over trees and schemas, in the order in which a write meets them:
/// [io.fairlead.api.ObjectDecoder] (unknown fields, types) or a patch ([io.fairlead.api.JsonPatch],
/// [io.fairlead.api.MergePatch], [io.fairlead.api.StrategicMergePatch], [io.fairlead.api.ServerSideApply]),
/// [io.fairlead.api.Defaults], [io.fairlead.api.ManagedFields], [io.fairlead.api.Validation]. Readers meet
/// [io.fairlead.api.LabelSelector], [io.fairlead.api.FieldSelector] and [io.fairlead.api.TablePrinter]; clients that ask what
/// there is get [io.fairlead.api.DiscoveryDocuments] and [io.fairlead.api.OpenApiDocuments].
///
/// Three things hold throughout: a tree never changes; equal objects are equal trees, whatever the client left out or wrote
/// as null; and what a user may read (messages, reasons, field paths) is what Kubernetes' clients know.
@NullMarked
package io.fairlead.api;

import org.jspecify.annotations.NullMarked;
