package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Optional;

/// The stage that lets the cluster's policies change a write, and then refuse it. Ordered chains, made once: the server's own steps, then those that users bring.
final class Admission {
    private final List<Step> steps;
    private final List<Changer> changers;
    private final List<Judge> judges;

    Admission(List<Step> steps, List<Changer> changers, List<Judge> judges) {
        this.steps = List.copyOf(steps);
        this.changers = List.copyOf(changers);
        this.judges = List.copyOf(judges);
    }

    /// One of the server's own policies.
    interface Step {
        /// @param before empty when the object is being made
        default JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
            return object;
        }

        /// @throws io.fairlead.api.ApiException to refuse
        default void validate(Optional<JsonObject> before, JsonObject object, Write write) {}

        /// @throws io.fairlead.api.ApiException to refuse that the object goes
        default void delete(JsonObject object, Write write) {}
    }

    /// Users' ways to change what is written, all of one sort.
    interface Changer {
        /// The request with the object as it shall be.
        ///
        /// @param turn tells whom to ask
        AdmissionRequest change(AdmissionRequest request, AdmissionPass.Turn turn);
    }

    /// Users' ways to refuse what is written, all of one sort.
    interface Judge {
        /// @throws io.fairlead.api.ApiException to refuse
        void judge(AdmissionRequest request);
    }

    JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        AdmissionPass pass = new AdmissionPass();
        JsonObject changed = mutate(before, object, write, pass);
        return pass.goesOn() ? mutate(before, changed, write, pass) : changed;
    }

    private JsonObject mutate(
            Optional<JsonObject> before, JsonObject object, Write write, AdmissionPass pass) {
        JsonObject changed = object;
        for (Step step : steps) {
            changed = step.mutate(before, changed, write);
        }
        if (isOwn(write)) {
            return changed;
        }
        AdmissionRequest request = AdmissionRequest.ofWrite(before, changed, write);
        JsonObject admitted = change(request, pass).object().orElseThrow();
        return write.part() == Write.Part.SCALE
                ? Scales.withReplicas(write.resource(), changed, admitted)
                : admitted;
    }

    void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        for (Step step : steps) {
            step.validate(before, object, write);
        }
        if (!isOwn(write)) {
            judge(AdmissionRequest.ofWrite(before, object, write));
        }
    }

    void delete(JsonObject object, Write write) {
        for (Step step : steps) {
            step.delete(object, write);
        }
        if (!isOwn(write)) {
            AdmissionRequest request = AdmissionRequest.ofDelete(object, write);
            change(request, new AdmissionPass());
            judge(request);
        }
    }

    /// Asks users' policies about a request for a part of an object, which the server's own know nothing of.
    ///
    /// @return what the request carries from now on; empty when that is nothing
    /// @throws io.fairlead.api.ApiException when somebody refuses
    Optional<JsonObject> review(AdmissionRequest request) {
        AdmissionPass pass = new AdmissionPass();
        AdmissionRequest changed = change(request, pass);
        if (pass.goesOn()) {
            changed = change(changed, pass);
        }
        judge(changed);
        return changed.object();
    }

    private AdmissionRequest change(AdmissionRequest request, AdmissionPass pass) {
        AdmissionRequest changed = request;
        for (Changer changer : changers) {
            AdmissionPass.Turn turn = pass.turn(changer);
            turn.begin(changed);
            changed = changer.change(changed, turn);
            turn.end(changed);
        }
        return changed;
    }

    private void judge(AdmissionRequest request) {
        judges.forEach(judge -> judge.judge(request));
    }

    private static boolean isOwn(Write write) {
        return write.part() == Write.Part.INTERNAL;
    }
}
