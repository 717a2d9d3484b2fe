package io.fairlead.client;

/// Which objects of a type to list or watch. Empty selectors select everything.
///
/// @param labels such as `app=web,tier!=db`
/// @param fields such as `spec.nodeName=node-1`
public record Selection(String labels, String fields) {
    public static final Selection ALL = new Selection("", "");

    public static Selection byFields(String fields) {
        return new Selection("", fields);
    }

    public static Selection byLabels(String labels) {
        return new Selection(labels, "");
    }

    ApiRequest on(ApiRequest request) {
        ApiRequest byLabels = labels.isEmpty() ? request : request.with("labelSelector", labels);
        return fields.isEmpty() ? byLabels : byLabels.with("fieldSelector", fields);
    }
}
