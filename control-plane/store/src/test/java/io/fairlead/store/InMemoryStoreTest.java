package io.fairlead.store;

import java.util.Optional;

class InMemoryStoreTest extends StoreContract {
    @Override
    Store<String> create() {
        return new InMemoryStore<>(10);
    }

    @Override
    Optional<Store<String>> reopen(Store<String> store) {
        return Optional.empty();
    }
}
