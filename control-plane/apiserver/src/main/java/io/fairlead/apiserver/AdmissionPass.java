package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One object's way past all who may change it. When somebody did, it goes the same way a second time, and only those are asked again who wish to be, and after whom
/// something changed. Owned by one write.
final class AdmissionPass {
    private final Map<Admission.Changer, Turn> turns = new HashMap<>();
    private boolean isSecond;
    private boolean isChanged;

    Turn turn(Admission.Changer changer) {
        return turns.computeIfAbsent(changer, missing -> new Turn());
    }

    /// Whether there is a second time, which then begins.
    boolean goesOn() {
        isSecond = isChanged;
        return isChanged;
    }

    /// The part of the way that belongs to one sort of changers.
    final class Turn {
        private final Set<Object> eager = new HashSet<>();
        private final Set<Object> due = new HashSet<>();
        private Optional<JsonObject> left = Optional.empty();

        private Turn() {}

        void begin(AdmissionRequest request) {
            if (isSecond && !request.object().equals(left)) {
                requireAgain();
            }
        }

        void end(AdmissionRequest request) {
            left = request.object();
        }

        boolean isDue(Object asked) {
            return !isSecond || due.contains(asked);
        }

        /// Somebody changed the object.
        void changed() {
            requireAgain();
            isChanged = true;
        }

        /// Somebody was asked who wants to know of later changes.
        void callBack(Object asked) {
            eager.add(asked);
        }

        private void requireAgain() {
            due.addAll(eager);
            eager.clear();
        }
    }
}
