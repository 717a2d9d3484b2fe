package io.fairlead.apiserver;

import java.util.List;

/// Where a request comes from, for those who tell of it afterwards.
///
/// @param sender who sends it, before anybody is impersonated
/// @param id names the request in the audit log and in the answer
/// @param uri as it was sent
/// @param addresses of the sender, the farthest first
record Origin(User sender, String id, String uri, List<String> addresses, String userAgent) {
    Origin {
        addresses = List.copyOf(addresses);
    }

    Origin with(User known) {
        return new Origin(known, id, uri, addresses, userAgent);
    }
}
