package io.fairlead.api;

import java.util.List;
import java.util.Optional;

/// Says what is wrong with objects that are complete, that is with their defaults.
///
/// The rules that need the cluster (ranges of addresses and ports, other objects) are the server's. Kinds without rules of
/// their own are checked by their metadata alone.
public final class Validation {
    private Validation() {}

    /// What forbids to make this object.
    public static List<FieldError> ofNew(JsonObject object, ApiResource resource) {
        if (resource.isCustom()) {
            return CustomValidation.check(Optional.empty(), object, resource);
        }
        FieldErrors errors = new FieldErrors();
        MetadataValidation.check(object, resource.type(), errors);
        FieldRules.check(object, resource.schema(), errors);
        check(object, resource.type(), errors);
        return errors.all();
    }

    /// What forbids to change one into the other.
    public static List<FieldError> ofUpdate(
            JsonObject before, JsonObject after, ApiResource resource) {
        if (resource.isCustom()) {
            return CustomValidation.check(Optional.of(before), after, resource);
        }
        FieldErrors errors = new FieldErrors();
        MetadataValidation.check(after, resource.type(), errors);
        metadataUpdate(before, after, errors);
        FieldRules.check(after, resource.schema(), errors);
        check(after, resource.type(), errors);
        UpdateValidation.check(before, after, resource.type(), errors);
        return errors.all();
    }

    /// What forbids to change a CertificateSigningRequest so.
    ///
    /// @param part the way in: `approval`, `status`, or empty for the object itself
    public static List<FieldError> ofCertificate(JsonObject before, JsonObject after, String part) {
        FieldErrors errors = new FieldErrors();
        metadataUpdate(before, after, errors);
        CertificateValidation.check(after, errors);
        CertificateValidation.checkUpdate(before, after, part, errors);
        return errors.all();
    }

    /// What forbids to change the status so.
    public static List<FieldError> ofStatus(
            JsonObject before, JsonObject after, ApiResource resource) {
        if (resource.isCustom()) {
            return CustomValidation.check(Optional.of(before), after, resource);
        }
        FieldErrors errors = new FieldErrors();
        metadataUpdate(before, after, errors);
        if (resource.type().equals(ResourceType.SERVICE)) {
            ServiceValidation.checkStatus(after, errors);
        }
        return errors.all();
    }

    /// @throws ApiException 422 unless there are no errors
    public static void require(List<FieldError> errors, JsonObject object, ResourceType type) {
        if (!errors.isEmpty()) {
            throw new ApiException(
                    FieldError.status(type, object.text("metadata", "name"), errors));
        }
    }

    // Once for objects of any kind, and once for those of this kind: clients see each cause twice.
    private static void metadataUpdate(JsonObject before, JsonObject after, FieldErrors errors) {
        MetadataValidation.checkUpdate(before, after, errors);
        MetadataValidation.checkUpdate(before, after, errors);
    }

    private static void check(JsonObject object, ResourceType type, FieldErrors errors) {
        String kind = type.kind();
        switch (type.group()) {
            case "" -> CoreValidation.check(object, kind, errors);
            case "apps", "batch" -> WorkloadValidation.check(object, kind, errors);
            case "admissionregistration.k8s.io" -> AdmissionValidation.check(object, kind, errors);
            case "apiextensions.k8s.io" -> DefinitionValidation.check(object, errors);
            case "certificates.k8s.io" -> {
                if (kind.equals("CertificateSigningRequest")) {
                    CertificateValidation.check(object, errors);
                }
            }
            case "apiregistration.k8s.io" -> ApiServiceValidation.check(object, errors);
            case "discovery.k8s.io" -> EndpointValidation.slice(object, errors);
            case "networking.k8s.io" -> NetworkValidation.check(object, kind, errors);
            default -> OtherValidation.check(object, kind, errors);
        }
    }
}
